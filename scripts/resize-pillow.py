#!/usr/bin/env python3
"""Times Pillow on the sizes of `runtime/examples/resize.rs`: the best of fifteen runs, on one thread.

    pip install pillow==13.0.0 numpy
    python3 scripts/resize-pillow.py
"""

import time

import numpy as np
from PIL import Image

CASES = [(640, 480, 2), (1920, 1080, 2), (1920, 1080, 3), (4000, 3000, 2), (4000, 3000, 3)]

for width, height, resample in CASES:
    pixels = (np.arange(width * height * 3) * 7919 >> 3).astype(np.uint8).reshape(height, width, 3)
    picture = Image.fromarray(pixels)
    best = float("inf")
    for _ in range(15):
        start = time.perf_counter()
        picture.resize((224, 224), resample)
        best = min(best, time.perf_counter() - start)
    print(f"{width} × {height} to 224 × 224, filter {resample}: {best * 1e3:.2f} ms")
