"""Writes transformers.json: what the PIL-based image processors make of pictures under old and new settings.

    python transformers.py > transformers.json     (transformers 4.57.6, Pillow 13.0.0)
"""

import hashlib
import json
import sys

# This file must not shadow the package of its name.
sys.path = sys.path[1:]

import numpy as np
from PIL import Image
from transformers import (
    BitImageProcessor, CLIPImageProcessor, ConvNextImageProcessor, DeiTImageProcessor, ViTImageProcessor, __version__,
)

sys.dont_write_bytecode = True
sys.path.append(__file__.rsplit("/", 1)[0] if "/" in __file__ else ".")
from pillow import picture

CLASSES = {
    "ViT": ViTImageProcessor, "DeiT": DeiTImageProcessor, "Bit": BitImageProcessor, "CLIP": CLIPImageProcessor,
    "ConvNext": ConvNextImageProcessor,
}
SMALL = {"height": 20, "width": 24}
# Settings as they stand in preprocessor_config.json; the first key names the class in one of the ways it is named.
SETTINGS = [
    ("ViT", {"image_processor_type": "ViTImageProcessor"}),
    ("ViT", {"image_processor_type": "ViTImageProcessorFast", "size": SMALL, "resample": 3}),
    ("ViT", {"feature_extractor_type": "ViTFeatureExtractor", "size": 18, "image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225]}),
    ("ViT", {"image_processor_type": "ViTImageProcessor", "size": [18, 22], "resample": 0, "do_center_crop": True, "crop_size": 10}),
    ("ViT", {"image_processor_type": "ViTImageProcessor", "size": SMALL, "do_rescale": False, "resample": 1}),
    ("ViT", {"image_processor_type": "ViTImageProcessor", "size": SMALL, "do_normalize": False, "do_convert_rgb": None}),
    ("ViT", {"image_processor_type": "ViTImageProcessor", "size": SMALL, "rescale_factor": 0.00784313725490196, "image_mean": 1.0, "image_std": 0.5, "resample": 4}),
    ("DeiT", {"image_processor_type": "DeiTImageProcessor"}),
    ("DeiT", {"feature_extractor_type": "DeiTFeatureExtractor", "size": 30, "crop_size": 17, "resample": 5}),
    ("Bit", {"image_processor_type": "BitImageProcessor"}),
    ("Bit", {"image_processor_type": "BitImageProcessor", "size": {"shortest_edge": 33}, "crop_size": SMALL, "do_convert_rgb": True}),
    ("Bit", {"image_processor_type": "BitImageProcessor", "size": {"shortest_edge": 15, "longest_edge": 16}, "crop_size": SMALL}),
    ("Bit", {"image_processor_type": "BitImageProcessor", "size": SMALL, "do_center_crop": False}),
    ("CLIP", {"feature_extractor_type": "CLIPFeatureExtractor", "size": 25, "crop_size": 24, "resample": 3, "do_center_crop": True, "do_resize": True, "do_normalize": True}),
    ("CLIP", {"image_processor_type": "CLIPImageProcessor", "size": {"shortest_edge": 16}, "crop_size": 21, "use_square_size": True}),
    ("CLIP", {"image_processor_type": "CLIPImageProcessor", "do_resize": False, "crop_size": {"height": 50, "width": 51}}),
    ("ConvNext", {"image_processor_type": "ConvNextImageProcessor", "size": 24, "resample": 3}),
    ("ConvNext", {"image_processor_type": "ConvNextImageProcessor", "size": {"shortest_edge": 24}, "crop_pct": 0.95}),
    ("ConvNext", {"image_processor_type": "ConvNextImageProcessor", "size": {"shortest_edge": 384}, "crop_pct": 0.875}),
]
PICTURES = [(96, 64), (45, 70), (7, 60), (1, 1)]


def main():
    rows = []
    for name, settings in SETTINGS:
        # `from_dict` is what `from_pretrained` calls with the parsed file.
        processor = CLASSES[name].from_dict(dict(settings))
        for size in PICTURES:
            image = Image.fromarray(picture(*size))
            values = np.asarray(processor(image, return_tensors="np", input_data_format="channels_last")["pixel_values"], dtype="<f4")
            rows.append(json.dumps({
                "settings": settings,
                "picture": size,
                "shape": values.shape,
                "first": [float(value) for value in values.reshape(-1)[:3]],
                "sha256": hashlib.sha256(values.tobytes()).hexdigest(),
            }))
    joined = ",\n  ".join(rows)
    sys.stdout.write(f'{{\n "transformers": "{__version__}",\n "prepared": [\n  {joined}\n ]\n}}\n')


if __name__ == "__main__":
    main()
