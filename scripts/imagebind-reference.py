"""Makes tests/reference/imagebind: a tiny checkpoint with what the authors' own code makes of it.

    git clone https://github.com/facebookresearch/ImageBind
    git clone https://github.com/facebookresearch/pytorchvideo     (6cdc929, as ImageBind's requirements.txt has it)
    python scripts/imagebind-reference.py ImageBind pytorchvideo

Both are imported from there, and nothing of them is copied: ImageBind is CC BY-NC-SA. Besides torch, torchvision,
torchaudio, timm, einops, ftfy, regex, iopath, Pillow and safetensors are needed; this file was run with torch 2.15.0,
torchvision 0.29.2, torchaudio 2.11.0, timm 1.0.31. Of what ImageBind fixes in its code, the size of pictures and the
vocabulary are made smaller here; all else goes through its constructor and its loading functions as it is.
"""

import gzip
import hashlib
import json
import math
import shutil
import sys
import tempfile
import types
import wave
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file

KIT = Path(__file__).parent.parent / "tests" / "reference"
FOLDER = KIT / "imagebind"
TOKENIZER = ["tokenizer.json", "merges.txt", "vocab.json", "special_tokens_map.json"]
SIDE, CLIP_SECONDS, MEL_BINS, FRAMES, RATE, CLIPS = 42, 1, 36, 104, 16_000, 3
SIZES = dict(
    video_frames=2, kernel_size=[2, 7, 7], out_embed_dim=20,
    vision_embed_dim=32, vision_num_blocks=2, vision_num_heads=4,
    text_embed_dim=24, text_num_blocks=2, text_num_heads=3,
    audio_embed_dim=28, audio_num_blocks=2, audio_num_heads=2, audio_kernel_size=16, audio_stride=10,
    audio_num_mel_bins=MEL_BINS, audio_target_len=FRAMES, audio_drop_path=0.1,
)
TOWERS = ("text", "vision", "audio")
SOUNDS = ["chirp_48k.wav", "tones_8k.wav"]


def imported(imagebind, pytorchvideo):
    """The authors' modules; what only videos need is left empty, and sounds are read without torchcodec."""
    sys.path[:0] = [imagebind, pytorchvideo]
    for name in ("pytorchvideo.transforms", "pytorchvideo.data.encoded_video"):
        sys.modules[name] = types.SimpleNamespace(EncodedVideo=None)
    for name in ("pytorchvideo", "pytorchvideo.data"):
        package = types.ModuleType(name)
        package.__path__ = [str(Path(pytorchvideo, *name.split(".")))]
        sys.modules[name] = package
    sys.modules["pytorchvideo"].transforms = sys.modules["pytorchvideo.transforms"]
    # Its compiled part is for another CUDA than torch's, and is not needed.
    sys.modules["torchaudio._extension"] = types.SimpleNamespace(
        fail_if_no_align=lambda f: f, _IS_TORCHAUDIO_EXT_AVAILABLE=False, _IS_RIR_AVAILABLE=False,
        _IS_ALIGN_AVAILABLE=False,
    )
    from imagebind import data
    from imagebind.models import imagebind_model, multimodal_preprocessors
    whole = data.transforms
    data.transforms = types.SimpleNamespace(
        **{name: getattr(whole, name) for name in ("Compose", "ToTensor", "Normalize", "InterpolationMode")},
        Resize=lambda _, **rest: whole.Resize(SIDE, **rest), CenterCrop=lambda _: whole.CenterCrop(SIDE),
    )
    data.torchaudio.load = samples
    data.return_bpe_path = lambda: str(merges())
    return data, imagebind_model, multimodal_preprocessors


def samples(path):
    """Samples as torchaudio.load gives them, `(1, samples)`, and their rate."""
    with wave.open(str(path)) as file:
        numbers = np.frombuffer(file.readframes(file.getnframes()), "<i2")
        return torch.from_numpy(numbers.astype(np.float32) / 32768)[None], file.getframerate()


def merges():
    """The kit's merges in the form of bpe_simple_vocab_16e6.txt.gz, which ends without a line's end."""
    path = Path(tempfile.mkdtemp()) / "merges.txt.gz"
    path.write_bytes(gzip.compress((FOLDER / "merges.txt").read_text().rstrip("\n").encode()))
    return path


def inputs():
    """The kit's pictures, captions and a sound, and a sound longer than a clip."""
    folder = FOLDER / "inputs"
    folder.mkdir(parents=True)
    clip = KIT / "clip"
    images = json.loads((clip / "inputs/images.json").read_text())
    for file in ["captions.json", "images.json", *images]:
        shutil.copy(clip / "inputs" / file, folder / file)
    shutil.copy(KIT / "clap" / "inputs" / SOUNDS[0], folder / SOUNDS[0])
    time = np.arange(11_003) / 8_000
    tones = 0.4 * np.sin(2 * np.pi * (300 + 500 * time) * time) + 0.2 * np.sin(2 * np.pi * 2_100 * time) * (time > 0.7)
    with wave.open(str(folder / SOUNDS[1]), "wb") as file:
        file.setnchannels(1), file.setsampwidth(2), file.setframerate(8_000)
        file.writeframes((tones * 32767).astype("<i2").tobytes())
    (folder / "audio.json").write_text(json.dumps(SOUNDS) + "\n")
    return images


def built(modules, vocabulary):
    """The authors' model in these sizes, without the towers that are not of interest."""
    _, imagebind_model, preprocessors = modules
    model = imagebind_model.ImageBindModel(**{**SIZES, "kernel_size": tuple(SIZES["kernel_size"])})
    vision = model.modality_preprocessors["vision"]
    model.modality_preprocessors["vision"] = preprocessors.RGBDTPreprocessor(
        img_size=[3, SIZES["video_frames"], SIDE, SIDE], num_cls_tokens=1, rgbt_stem=vision.rgbt_stem, depth_stem=None,
        pos_embed_fn=lambda **rest: preprocessors.SpatioTemporalPosEmbeddingHelper(learnable=True, **rest),
    )
    model.modality_preprocessors["text"] = preprocessors.TextPreprocessor(
        context_length=77, vocab_size=vocabulary, embed_dim=SIZES["text_embed_dim"], causal_masking=True,
    )
    for part in ("preprocessors", "trunks", "heads", "postprocessors"):
        towers = getattr(model, f"modality_{part}")
        for name in set(towers) - set(TOWERS):
            del towers[name]
    return model.eval()


def enliven(model, seed):
    """Random weights with which every part leaves its mark."""
    torch.manual_seed(seed)
    for name, weight in model.named_parameters():
        if name.endswith("log_logit_scale"):
            weight.data.fill_(math.log(9.0))
            continue
        is_norm = weight.ndim == 1 and name.endswith("weight")
        spread = 0.2 if weight.ndim == 1 else 0.5
        if weight.ndim > 1 and name.endswith("weight"):
            spread = 1.2 / math.sqrt(weight[0].numel())
        weight.data.copy_(float(is_norm) + spread * torch.randn_like(weight))


def run(model, tensors):
    """Outputs of the model, and of its heads before vectors are made unit ones."""
    heads = {}
    for tower in TOWERS:
        model.modality_heads[tower].register_forward_hook(
            lambda _module, _given, out, tower=tower: heads.__setitem__(tower, out))
    with torch.no_grad():
        outputs = model(tensors)
    unit = lambda x: torch.nn.functional.normalize(x, dim=-1)
    text, vision, audio = (outputs[tower] for tower in TOWERS)
    every = torch.cat([unit(text), unit(vision), unit(audio)])
    return {
        "text_head": heads["text"], "image_head": heads["vision"], "audio_head": heads["audio"],
        "text_embeds": unit(text), "image_embeds": unit(vision), "audio_embeds": unit(audio),
        "logits_per_image": vision @ text.T, "logits_per_text": text @ vision.T,
        "cosines": every @ every.T,
    }


def note(value, against, from_samples):
    """What is said of an output: `against` is what float64 gives from the same features, `from_samples` what it gives from
    features of float64."""
    said = {"dtype": "F32", "shape": list(value.shape)}
    largest = float(value.abs().max())
    noise = float((value.double() - against).abs().max())
    unlike = float((value.double() - from_samples).abs().max())
    atol = max(1e-5, 2e-5 * largest, 30 * noise, 4 * unlike)
    digit = 10 ** math.floor(math.log10(atol))
    atol = float(f"{math.ceil(atol / digit) * digit:.0e}")
    return {**said, "role": "output", "max_abs": largest, "float32_noise": noise, "atol": atol}


def settings():
    clip = json.loads((KIT / "clip/preprocessor_config.json").read_text())
    return {
        "image_processor_type": "ImageBindImageProcessor", "do_resize": True, "size": {"shortest_edge": SIDE},
        "resample": 3, "do_center_crop": True, "crop_size": {"height": SIDE, "width": SIDE}, "do_normalize": True,
        "image_mean": clip["image_mean"], "image_std": clip["image_std"],
        "feature_extractor_type": "ImageBindFeatureExtractor", "sampling_rate": RATE, "num_mel_bins": MEL_BINS,
        "target_length": FRAMES, "clip_duration": CLIP_SECONDS, "clips_per_video": CLIPS, "mean": -4.268, "std": 9.138,
    }


def write(name, content):
    (FOLDER / name).write_text(json.dumps(content, indent=1, allow_nan=False) + "\n")


def main(imagebind, pytorchvideo):
    torch.set_num_threads(1)
    shutil.rmtree(FOLDER, ignore_errors=True)
    images = inputs()
    for file in TOKENIZER:
        shutil.copy(KIT / "clip" / file, FOLDER / file)
    tokenizer = json.loads((KIT / "clip/tokenizer_config.json").read_text())
    write("tokenizer_config.json", {**tokenizer, "model_max_length": 77, "pad_token": "!", "processor_class": None})
    vocabulary = len(json.loads((FOLDER / "vocab.json").read_text()))
    write("config.json", {"model_type": "imagebind", **SIZES, "vocab_size": vocabulary, "image_size": SIDE})
    write("preprocessor_config.json", settings())

    modules = imported(imagebind, pytorchvideo)
    data = modules[0]
    model = built(modules, vocabulary)
    enliven(model, 7)
    state = {name: value.contiguous() for name, value in model.state_dict().items()}
    save_file(state, FOLDER / "model.safetensors", metadata={"format": "pt"})
    model.load_state_dict(load_file(FOLDER / "model.safetensors"))

    place = lambda file: str(FOLDER / "inputs" / file)
    captions = json.loads(Path(place("captions.json")).read_text())
    features = lambda: data.load_and_transform_audio_data(
        [place(file) for file in SOUNDS], "cpu", num_mel_bins=MEL_BINS, target_length=FRAMES, sample_rate=RATE,
        clip_duration=CLIP_SECONDS, clips_per_video=CLIPS,
    )
    given = {
        "text": data.load_and_transform_text(captions, "cpu"),
        "vision": data.load_and_transform_vision_data([place(file) for file in images], "cpu"),
        "audio": features(),
    }
    outputs = run(model, given)
    wide = {name: x.double() if x.is_floating_point() else x for name, x in given.items()}
    # Logarithms of faint powers are far from exact in single precision, which counts as noise of what follows.
    data.torchaudio.load = lambda path: (samples(path)[0].double(), samples(path)[1])
    wide["audio"] = features()
    print("noise of the features:", float((wide["audio"] - given["audio"]).abs().max()))
    exact = run(built_double(modules, vocabulary, state), {**wide, "audio": given["audio"].double()})
    from_samples = run(built_double(modules, vocabulary, state), wide)
    # The head of sounds is compared on stored features.
    from_samples["audio_head"] = exact["audio_head"]
    prepared = {
        "input_ids": given["text"], "pixel_values": given["vision"], "input_features": given["audio"].flatten(0, 1),
    }
    tensors = {f"batch.{name}": value.contiguous() for name, value in {**prepared, **outputs}.items()}
    save_file(tensors, FOLDER / "reference.safetensors")
    notes = {f"batch.{name}": note(value, exact[name], from_samples[name]) for name, value in outputs.items()}
    for name, atol in (("input_ids", 0), ("pixel_values", 2e-5), ("input_features", 2e-3)):
        value = prepared[name]
        said = {"dtype": "I64" if atol == 0 else "F32", "shape": list(value.shape), "role": "preprocessed", "atol": atol}
        notes[f"batch.{name}"] = said
    write("reference.json", {
        "format": 1,
        "family": "imagebind",
        "hf_class": "ImageBindModel",
        "task": "multimodal-feature-extraction",
        "mirrors": "nielsr/imagebind-huge",
        "weights": {"seed": 7},
        "versions": {"torch": torch.__version__, "made_by": "scripts/imagebind-reference.py"},
        "notes": [
            "Computed by facebookresearch/ImageBind, not by transformers, which has no such class.",
            "text_head, image_head and audio_head are what modality_heads give, audio_head a row for each clip; the "
            "vectors *_embeds are unit ones; logits_per_* are products of the model's outputs, which hold the scales; "
            "cosines are those of texts, pictures and sounds in this order.",
            "The end of a text is its highest id. The rest of 77 ids is 0, which has a token of its own; attention is "
            "causal, so it does not matter. Pictures are cropped from round(half of the rest) on, halves to even.",
            "A sound is cut into clips at equal distances, its mean is taken from each, Kaldi's filter banks are "
            "padded with 0 to a number of frames and normalised after that; vectors of clips are averaged after each "
            "has been made a unit one and multiplied by its scale.",
            "torchaudio computes filter banks in single precision, which leaves 8e-4 of noise where powers are faint: what "
            "follows from them has an atol of at least 4 times what this noise makes.",
        ],
        "cases": {"batch": {
            "inputs": {
                "texts": "inputs/captions.json", "images": [f"inputs/{file}" for file in images],
                "audio": [f"inputs/{file}" for file in SOUNDS],
            },
            "call": "load_and_transform_text, load_and_transform_vision_data and load_and_transform_audio_data",
        }},
        "tensors": notes,
        "files": hashes(),
    })
    for name, said in notes.items():
        print(name, said)


def built_double(modules, vocabulary, state):
    model = built(modules, vocabulary)
    model.load_state_dict(state)
    return model.double()


def hashes():
    files = sorted(path for path in FOLDER.rglob("*") if path.is_file() and path.name != "reference.json")
    digest = lambda path: {"sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
    return {path.relative_to(FOLDER).as_posix(): digest(path) for path in files}


if __name__ == "__main__":
    main(*sys.argv[1:])
