"""Writes clips.json: what transformers' ClapFeatureExtractor makes of a sound that the Rust tests make from the same formula.

    python clips.py > clips.json     (transformers 4.57.6, NumPy 2.4.6, torch 2.15.0)

Where transformers takes a random part of a long sound, the middle one is taken here.
"""

import json
import sys

import numpy as np
from transformers import ClapFeatureExtractor

RATE = 8_000
SETTINGS = {"sampling_rate": RATE, "max_length_s": 1, "fft_window_size": 256, "hop_length": 100, "feature_size": 64,
            "frequency_min": 50, "frequency_max": 3_900}
# Samples of the sound and what is asked: shorter than a clip, as long, little longer, long.
CASES = [
    (3_100, "rand_trunc", "repeatpad"), (3_100, "rand_trunc", "repeat"), (3_100, "rand_trunc", "pad"),
    (8_000, "rand_trunc", "pad"), (12_345, "rand_trunc", "repeatpad"), (3_100, "fusion", "repeatpad"),
    (8_050, "fusion", "pad"), (8_250, "fusion", "pad"), (30_000, "fusion", "repeatpad"),
]


def sound(samples):
    time = np.arange(samples) / RATE
    return (0.5 * np.sin(2 * np.pi * (200 + 150 * time) * time) + 0.1 * np.sin(2 * np.pi * 1_700 * time)).astype(np.float32)


np.random.choice = lambda places: places[len(places) // 2]
np.random.randint = lambda low, high: (high - 1) // 2
expected = []
for samples, truncation, padding in CASES:
    extractor = ClapFeatureExtractor(truncation=truncation, padding=padding, **SETTINGS)
    features = extractor(sound(samples), sampling_rate=RATE, return_tensors="np")["input_features"]
    expected.append({
        "samples": samples,
        "settings": {"truncation": truncation, "padding": padding, **SETTINGS},
        "shape": features.shape,
        "every_97th": [float(value) for value in features.reshape(-1)[::97]],
    })
json.dump(expected, sys.stdout, indent=1)
print()
