"""Writes prompts.json: what SamModel and SamProcessor of transformers make of prompts that the reference kit does not hold.

Usage: python prompts.py > prompts.json, from this folder, with torch and transformers 4.57.
"""

import json
import sys
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from transformers import SamImageProcessor, SamModel, SamProcessor, __version__

FOLDER = Path(__file__).resolve().parents[3] / "reference" / "sam"
# Objects of one picture: points (x, y, whether on the object) and a box.
PROMPTS = [
    [{"points": [], "box": [8, 8, 40, 40]}],
    [{"points": [], "box": [8, 8, 40, 40]}, {"points": [], "box": [50, 10, 90, 60]}],
    [{"points": [[25, 24, 1], [70, 30, 0]], "box": None}],
    [{"points": [[25, 24, 1], [70, 30, 0]], "box": [10, 5, 60, 60]}],
    [{"points": [[25, 24, 1]], "box": None}, {"points": [[80, 50, 1]], "box": None}],
]


def main():
    model = SamModel.from_pretrained(FOLDER).eval()
    processor = SamProcessor(SamImageProcessor.from_pretrained(FOLDER))
    image = Image.open(FOLDER / "inputs" / "landscape_96x64.png").convert("RGB")
    rows = []
    for objects in PROMPTS:
        asked = {}
        if objects[0]["points"]:
            asked["input_points"] = [[[point[:2] for point in one["points"]] for one in objects]]
            asked["input_labels"] = [[[point[2] for point in one["points"]] for one in objects]]
        if objects[0]["box"]:
            asked["input_boxes"] = [[one["box"] for one in objects]]
        inputs = processor(image, return_tensors="pt", **asked)
        sizes = inputs.pop("original_sizes"), inputs.pop("reshaped_input_sizes")
        inputs = {name: value.float() if value.is_floating_point() else value for name, value in inputs.items()}
        with torch.no_grad():
            output = model(**inputs)
        masks = processor.post_process_masks(output.pred_masks, *sizes)[0]
        rows.append({
            "objects": objects,
            "iou_scores": output.iou_scores[0].tolist(),
            "corner_logits": output.pred_masks[0, :, :, ::31, ::31].reshape(len(objects), -1).tolist(),
            "areas": np.asarray(masks).sum(axis=(2, 3)).tolist(),
        })
    text = ",\n  ".join(json.dumps(row) for row in rows)
    sys.stdout.write(f'{{\n "transformers": "{__version__}",\n "prompts": [\n  {text}\n ]\n}}\n')


if __name__ == "__main__":
    main()
