"""Writes padded.json: what the PIL-based image processors that pad make of batches under old and new settings.

Usage: python -P padded.py > padded.json, with transformers 4.57; -P keeps the file transformers.py beside it away. The pictures are those of pillow.py.
"""

import hashlib
import json
import sys
import warnings

import numpy as np
from PIL import Image
from transformers import DetrImageProcessor, SamImageProcessor, SegformerImageProcessor, __version__

sys.path.append(__file__.rsplit("/", 1)[0] if "/" in __file__ else ".")
from pillow import picture  # noqa: E402

warnings.simplefilter("ignore")
CLASSES = {"Detr": DetrImageProcessor, "Sam": SamImageProcessor, "Segformer": SegformerImageProcessor}
BATCHES = [[(37, 61), (61, 37), (50, 50)], [(64, 48)], [(5, 200)], [(24, 30), (30, 24)]]
SETTINGS = [
    ("Detr", {"image_processor_type": "DetrImageProcessor", "size": {"shortest_edge": 24, "longest_edge": 40}}),
    ("Detr", {"image_processor_type": "DetrImageProcessorFast", "size": {"shortest_edge": 33, "longest_edge": 47}, "resample": 3}),
    ("Detr", {"feature_extractor_type": "DetrFeatureExtractor", "size": 20, "max_size": 31}),
    ("Detr", {"image_processor_type": "DetrImageProcessor", "size": {"height": 20, "width": 24}}),
    ("Detr", {"image_processor_type": "DetrImageProcessor", "size": {"shortest_edge": 24, "longest_edge": 40}, "pad_size": {"height": 48, "width": 44}}),
    ("Sam", {"image_processor_type": "SamImageProcessor", "size": {"longest_edge": 40}, "pad_size": {"height": 40, "width": 40}}),
    ("Sam", {"image_processor_type": "SamImageProcessor", "size": {"longest_edge": 33}, "pad_size": {"height": 48, "width": 44}, "do_normalize": False}),
    ("Segformer", {"image_processor_type": "SegformerImageProcessor", "size": {"height": 20, "width": 24}}),
]


def main():
    rows = []
    for name, settings in SETTINGS:
        processor = CLASSES[name].from_dict(dict(settings))
        for batch in BATCHES:
            images = [Image.fromarray(picture(*size)) for size in batch]
            prepared = processor(images, return_tensors="np")
            values = np.asarray(prepared["pixel_values"], dtype="<f4")
            mask = prepared.get("pixel_mask")
            rows.append(json.dumps({
                "settings": settings,
                "pictures": batch,
                "shape": values.shape,
                "sha256": hashlib.sha256(values.tobytes()).hexdigest(),
                "mask": None if mask is None else np.asarray(mask).sum(axis=(1, 2)).tolist(),
            }))
    joined = ",\n  ".join(rows)
    sys.stdout.write(f'{{\n "transformers": "{__version__}",\n "prepared": [\n  {joined}\n ]\n}}\n')


if __name__ == "__main__":
    main()
