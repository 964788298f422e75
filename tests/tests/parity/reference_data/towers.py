"""Writes towers/: tiny checkpoints of two towers that the reference kit lacks, with what transformers gives for them.

Run with transformers 4.57.6, tokenizers, torch and Pillow: python towers.py
"""

import json
import pathlib

import numpy as np
import torch
from PIL import Image
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import (
    CLIPConfig, CLIPImageProcessor, CLIPModel, SiglipConfig, SiglipImageProcessor, SiglipModel, VideoMAEImageProcessor,
    XCLIPConfig, XCLIPModel,
)

HERE = pathlib.Path(__file__).parent / "towers"
WORDS = "a photo of red blue circle square green boat that moves to the left right and nothing".split()
TEXTS = ["a photo of a red circle", "a blue square and a green boat", "nothing", "boat"]
PICTURE = dict(size={"shortest_edge": 16}, crop_size={"height": 16, "width": 16})
TEXT = dict(vocab_size=24, hidden_size=12, intermediate_size=14, num_hidden_layers=2, num_attention_heads=3,
            max_position_embeddings=12)
VISION = dict(hidden_size=16, intermediate_size=18, num_hidden_layers=2, num_attention_heads=2, image_size=16, patch_size=8)


def tokenizer(folder, end, pad):
    """One token a word between a start and an end token; padding has an id of its own."""
    vocabulary = {"<start>": 0, "<pad>": 1, "<end>": end, "<unk>": 3}
    free = (number for number in range(4, 24) if number != end)
    vocabulary.update({word: next(free) for word in WORDS})
    built = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    built.normalizer = normalizers.Lowercase()
    built.pre_tokenizer = pre_tokenizers.Whitespace()
    built.add_special_tokens(["<start>", "<pad>", "<end>", "<unk>"])
    built.post_processor = processors.TemplateProcessing(
        single="<start> $A <end>", special_tokens=[("<start>", 0), ("<end>", end)]
    )
    built.save(str(folder / "tokenizer.json"))
    settings = {"tokenizer_class": "PreTrainedTokenizerFast", "pad_token": "<pad>", "model_max_length": 12}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings, indent=2))
    length = pad
    rows = [built.encode(text).ids for text in TEXTS]
    length = pad or max(map(len, rows))
    ids = torch.tensor([row + [1] * (length - len(row)) for row in rows])
    return ids, (ids != 1).long()


def picture(seed, width, height):
    return Image.fromarray(np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8))


def scaled(model, seed):
    """Larger weights than the initial ones, so that outputs differ clearly."""
    torch.manual_seed(seed)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if name in ("logit_scale", "logit_bias"):
                weight.copy_(torch.full_like(weight, 1.2))
            elif weight.dim() > 1:
                weight.copy_(torch.randn_like(weight) * weight.shape[-1] ** -0.5)
            else:
                weight.copy_(torch.randn_like(weight) * 0.1 + (1.0 if "norm" in name and "weight" in name else 0.0))
    return model.eval()


def write(name, model, images, processor, end, pad=None, tower=None):
    folder = HERE / name
    folder.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    ids, mask = tokenizer(folder, end, pad)
    for number, image in enumerate(images):
        frames = image if isinstance(image, list) else [image]
        for place, frame in enumerate(frames):
            frame.save(folder / f"{number}_{place}.png")
    if tower == "video":
        pixels = torch.cat([processor(frames, return_tensors="pt").pixel_values for frames in images])
    else:
        pixels = processor(images, return_tensors="pt").pixel_values
    feeds = {"input_ids": ids, "pixel_values": pixels}
    if name != "siglip":
        feeds["attention_mask"] = mask
    with torch.no_grad():
        outputs = model(**feeds)
    expected = {
        "texts": TEXTS,
        "logits": outputs["logits_per_video" if tower == "video" else "logits_per_image"].tolist(),
        "vectors": outputs["video_embeds" if tower == "video" else "image_embeds"].tolist(),
    }
    (folder / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")


def main():
    # The end token that config.json names is not the one with the highest id.
    config = CLIPConfig(text_config={**TEXT, "eos_token_id": 5}, vision_config=VISION, projection_dim=10)
    images = [picture(1, 20, 16), picture(2, 17, 31)]
    write("clip", scaled(CLIPModel(config), 1), images, CLIPImageProcessor(**PICTURE), end=5)
    video = dict(mit_hidden_size=10, mit_intermediate_size=12, mit_num_hidden_layers=2, mit_num_attention_heads=2, num_frames=3)
    config = XCLIPConfig(text_config=TEXT, vision_config={**VISION, **video}, projection_dim=10,
                         prompt_num_attention_heads=2, prompt_layers=1)
    images = [[picture(10 * seed + place, 18, 16) for place in range(3)] for seed in (1, 2)]
    write("xclip", scaled(XCLIPModel(config), 2), images, VideoMAEImageProcessor(**PICTURE), end=23, tower="video")
    text = {**TEXT, "hidden_size": 16, "num_attention_heads": 2}
    config = SiglipConfig(text_config=text, vision_config=VISION)
    images = [picture(3, 20, 16), picture(4, 17, 31)]
    processor = SiglipImageProcessor(size={"height": 16, "width": 16})
    write("siglip", scaled(SiglipModel(config), 3), images, processor, end=2, pad=12)


main()
