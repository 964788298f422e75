#!/usr/bin/env python3
"""Turns a checkpoint of yours into a reference: stores what Hugging Face transformers makes of some inputs beside it.

    pip install torch transformers safetensors numpy pillow
    python tests/reference/make_reference.py CHECKPOINT --text "The first sentence." --text "Another one."
    python tests/reference/make_reference.py CHECKPOINT --image cat.png --image dog.jpg [--text "a photo of a cat" ...]
    python tests/reference/make_reference.py CHECKPOINT --audio speech.wav
    assay verify CHECKPOINT

CHECKPOINT is a folder in the Hugging Face layout, which this script adds `reference.json`, `reference.safetensors` and
`inputs/` to; the layout is described in README.md beside it. The first input alone is the case `single`, all of them
together are the case `batch`. Text encoders, masked and causal language models, image classifiers and encoders, speech
recognisers that end in CTC, and towers of texts and pictures are understood; causal language models generate too.

Outputs are those of the class that config.json names, in single precision on one thread. How far they lie from a run in
double precision is stored with them, and the tolerance follows: the larger of 1e-5, 2e-5 of the largest magnitude and 30
times that noise, rounded up to one digit. Sounds are WAV files of 16-bit samples in one channel at the rate that the checkpoint wants.
"""

import argparse
import hashlib
import json
import math
import pathlib
import shutil
import sys
import wave

import numpy as np
import torch
import transformers
from PIL import Image
from safetensors.numpy import save_file

# What a stored tensor is.
PREPROCESSED, OUTPUT, DERIVED = "preprocessed", "output", "derived"


def main():
    arguments = parse()
    root = arguments.checkpoint
    if (root / "reference.json").exists() and not arguments.force:
        sys.exit(f"{root} has a reference already; give --force to make it anew")
    torch.set_num_threads(1)
    reference = Reference(root)
    config = transformers.AutoConfig.from_pretrained(root)
    name = (config.architectures or [None])[0]
    model_class = getattr(transformers, name or "", None)
    if model_class is None:
        sys.exit(f"{root}/config.json: `architectures` names {name}, which transformers {transformers.__version__} has no class for")
    model = model_class.from_pretrained(root, dtype=torch.float32).eval()
    double = model_class.from_pretrained(root, dtype=torch.float64).eval()
    inputs = reference.take(arguments)
    for case, count in [("single", 1), ("batch", None)]:
        if case == "batch" and inputs.count < 2:
            continue
        add(reference, case, inputs, count, (model, double), arguments)
    reference.write(name, config)
    print(f"{root}: {len(reference.tensors)} tensors in {len(reference.cases)} cases; check them with `assay verify {root}`")


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", type=pathlib.Path, help="a folder in the Hugging Face layout")
    parser.add_argument("--text", action="append", default=[], help="a text; give several")
    parser.add_argument("--image", action="append", default=[], type=pathlib.Path, help="a picture; give several")
    parser.add_argument("--audio", action="append", default=[], type=pathlib.Path, help="a WAV file; give several")
    parser.add_argument("--max-new-tokens", type=int, default=12, help="what causal language models add (default: 12)")
    parser.add_argument("--force", action="store_true", help="replace a reference that is there")
    arguments = parser.parse_args()
    if not arguments.checkpoint.joinpath("config.json").is_file():
        parser.error(f"{arguments.checkpoint} holds no config.json")
    if not (arguments.text or arguments.image or arguments.audio):
        parser.error("give at least one --text, --image or --audio")
    if arguments.audio and (arguments.text or arguments.image):
        parser.error("sounds go in alone")
    for file in arguments.image + arguments.audio:
        if not file.is_file():
            parser.error(f"{file} is no file")
    return arguments


class Inputs:
    """Raw inputs as transformers and as reference.json take them."""

    def __init__(self, texts, images, sounds, written):
        self.texts, self.images, self.sounds, self.written = texts, images, sounds, written
        self.count = len(images or sounds or texts)


class Reference:
    """What goes into the folder."""

    def __init__(self, root):
        self.root, self.cases, self.tensors, self.listed = root, {}, {}, {}

    def take(self, arguments):
        """Copies the inputs into the folder."""
        folder = self.root / "inputs"
        folder.mkdir(exist_ok=True)
        written = {}

        def copies(files, kind):
            targets = [folder / f"{kind}_{index}{file.suffix.lower()}" for index, file in enumerate(files)]
            for file, target in zip(files, targets):
                if file.resolve() != target.resolve():
                    shutil.copyfile(file, target)
            return targets

        if arguments.text:
            (folder / "texts.json").write_text(json.dumps(arguments.text, ensure_ascii=False), encoding="utf-8")
            written["texts"] = "inputs/texts.json"
        images, sounds = copies(arguments.image, "image"), copies(arguments.audio, "sound")
        if images:
            written["images"] = [f"inputs/{file.name}" for file in images]
        if sounds:
            written["audio"] = [f"inputs/{file.name}" for file in sounds]
        pictures = [Image.open(file).convert("RGB") for file in images]
        return Inputs(arguments.text, pictures, [samples(file) for file in sounds], written)

    def add(self, case, name, value, role, where=None, noise=0.0):
        value = np.ascontiguousarray(value)
        entry = {"dtype": {"float32": "F32", "int64": "I64"}[value.dtype.name], "shape": list(value.shape), "role": role}
        if where is not None:
            entry["compare_where"] = f"{case}.{where}"
        if value.dtype == np.float32:
            largest = float(np.abs(value).max(initial=0.0))
            entry |= {"max_abs": largest, "float32_noise": noise, "atol": rounded_up(max(1e-5, 2e-5 * largest, 30 * noise))}
        else:
            entry["atol"] = 0
        self.tensors[f"{case}.{name}"] = value
        self.listed[f"{case}.{name}"] = entry

    def write(self, name, config):
        save_file(self.tensors, self.root / "reference.safetensors")
        paths = [path for path in sorted(self.root.rglob("*")) if path.is_file() and path.name != "reference.json"]
        files = {path.relative_to(self.root).as_posix(): {"bytes": path.stat().st_size, "sha256": digest(path)} for path in paths}
        document = {
            "format": 1,
            "family": config.model_type,
            "hf_class": name,
            "cases": self.cases,
            "tensors": self.listed,
            "versions": {"transformers": transformers.__version__, "torch": torch.__version__, "numpy": np.__version__},
            "files": files,
        }
        (self.root / "reference.json").write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def samples(file):
    with wave.open(str(file)) as sound:
        if sound.getnchannels() != 1 or sound.getsampwidth() != 2:
            sys.exit(f"{file}: a WAV file of 16-bit samples in one channel is wanted")
        return np.frombuffer(sound.readframes(sound.getnframes()), "<i2").astype(np.float32) / 32768, sound.getframerate()


def digest(path):
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def rounded_up(value):
    """The least number of one digit that is not below."""
    power = 10.0 ** math.floor(math.log10(value))
    return float(f"{math.ceil(value / power - 1e-9) * power:.0e}")


def prepare(root, inputs, count, is_causal):
    """What the checkpoint's own processor makes of the inputs, and the call in words."""
    texts, images, sounds = inputs.texts, inputs.images[:count], inputs.sounds[:count]
    if sounds:
        extractor = transformers.AutoFeatureExtractor.from_pretrained(root)
        wrong = [rate for _, rate in sounds if rate != extractor.sampling_rate]
        if wrong:
            sys.exit(f"a sound has {wrong[0]} samples a second, and the checkpoint wants {extractor.sampling_rate}")
        given = extractor([sound for sound, _ in sounds], sampling_rate=extractor.sampling_rate, padding=True, return_tensors="pt")
        return given, f"processor(samples, sampling_rate={extractor.sampling_rate}, padding=True)"
    if images:
        # Without torchvision's own resampling, which differs from Pillow's.
        processor = transformers.AutoImageProcessor.from_pretrained(root, use_fast=False)
        given = processor(images, return_tensors="pt")
        if not texts:
            return given, "image_processor(images)"
        tokenizer = transformers.AutoTokenizer.from_pretrained(root)
        given.update(tokenizer(texts, padding=True, return_tensors="pt"))
        return given, "processor(text=captions, images=images, padding=True)"
    tokenizer = transformers.AutoTokenizer.from_pretrained(root)
    if is_causal:
        tokenizer.padding_side = "left"
        tokenizer.pad_token = tokenizer.pad_token or tokenizer.eos_token
    given = tokenizer(texts[:count], padding=True, return_tensors="pt")
    return given, "tokenizer(texts, padding=True)" + (" with padding_side='left'" if is_causal else "")


def add(reference, case, inputs, count, models, arguments):
    model, double = models
    is_causal = model.can_generate() and not model.config.is_encoder_decoder and bool(inputs.texts) and not inputs.images
    if model.config.is_encoder_decoder:
        sys.exit(f"{type(model).__name__} has an encoder and a decoder, which this script does not cover yet")
    given, call = prepare(reference.root, inputs, count, is_causal)
    written = dict(inputs.written)
    if count == 1:
        for key in ["images", "audio"]:
            written |= {key: written[key][:1]} if key in written else {}
        if "texts" in written and "images" not in written:
            written["index"] = 0
    if is_causal:
        mask = given["attention_mask"]
        given["position_ids"] = (mask.cumsum(-1) - 1).masked_fill(mask == 0, 1)
    given = {name: value for name, value in given.items() if isinstance(value, torch.Tensor)}
    for name, value in given.items():
        reference.add(case, name, value.numpy(), PREPROCESSED)
    wide = {name: value.double() if value.is_floating_point() else value for name, value in given.items()}
    with torch.inference_mode():
        narrow_outputs = model(**given, **({"use_cache": False} if is_causal else {}))
        try:
            wide_outputs = double(**wide, **({"use_cache": False} if is_causal else {}))
        except RuntimeError as error:
            # Some classes mask with numbers that only single precision has.
            print(f"{case}: no run in double precision, so no noise is told: {error}", file=sys.stderr)
            wide_outputs = narrow_outputs
    has_padding = "attention_mask" in given and "input_ids" in given
    length = given["input_ids"].shape[1] if has_padding else None
    for name, value in narrow_outputs.items():
        if not isinstance(value, torch.Tensor):
            continue
        follows_tokens = has_padding and value.ndim == 3 and value.shape[1] == length
        difference = (value.double() - wide_outputs[name]).abs()
        if follows_tokens:
            difference = difference[given["attention_mask"].bool()]
        noise = float(difference.max())
        reference.add(case, name, value.numpy(), OUTPUT, "attention_mask" if follows_tokens else None, noise)
    if "last_hidden_state" in narrow_outputs and has_padding and not inputs.images:
        vectors = [embedding(reference.root, outputs.last_hidden_state, given["attention_mask"]) for outputs in (narrow_outputs, wide_outputs)]
        if vectors[0] is not None:
            noise = float((vectors[0].double() - vectors[1]).abs().max())
            reference.add(case, "sentence_embedding", vectors[0].numpy(), DERIVED, noise=noise)
    reference.cases[case] = {"inputs": written, "call": call}
    if is_causal:
        reference.cases[case]["generated"] = {"greedy": generated(reference.root, model, given, arguments.max_new_tokens)}


def generated(root, model, given, count):
    tokenizer = transformers.AutoTokenizer.from_pretrained(root)
    options = {"do_sample": False, "num_beams": 1, "max_new_tokens": count}
    tokens = {name: given[name] for name in ["input_ids", "attention_mask"]}
    with torch.inference_mode():
        rows = model.generate(**tokens, **options)[:, given["input_ids"].shape[1] :]
    ends = model.generation_config.eos_token_id
    ends = ends if isinstance(ends, list) else [ends]
    sequences = []
    for row in rows.tolist():
        end = next((place for place, token in enumerate(row) if token in ends), None)
        row = row if end is None else row[: end + 1]
        sequences.append({"token_ids": row, "stopped_by_eos": end is not None, "text": tokenizer.decode(row, skip_special_tokens=True)})
    return {"call": options, "sequences": sequences}


def embedding(root, hidden, mask):
    """The sentence's vector as sentence-transformers pools it; the mean of length 1 where the folder does not say."""
    settings, is_normal = {"pooling_mode_mean_tokens": True}, True
    if (root / "modules.json").is_file():
        modules = json.loads((root / "modules.json").read_text())
        kinds = {module["type"].rsplit(".", 1)[-1]: module["path"] for module in modules}
        is_normal = "Normalize" in kinds
        if "Pooling" in kinds:
            settings = json.loads((root / kinds["Pooling"] / "config.json").read_text())
    modes = [mode for mode, is_on in settings.items() if mode.startswith("pooling_mode_") and is_on is True]
    if modes == ["pooling_mode_cls_token"]:
        vector = hidden[:, 0]
    elif modes == ["pooling_mode_mean_tokens"]:
        weights = mask[..., None].to(hidden.dtype)
        vector = (hidden * weights).sum(1) / weights.sum(1)
    else:
        return None
    return torch.nn.functional.normalize(vector, dim=1) if is_normal else vector


main()
