"""Writes the sounds beside it and what libsndfile and torchaudio's formula make of them.

Needs numpy, soundfile (libsndfile) and torch: `python sounds.py`.
"""

import json
import math
from pathlib import Path

import numpy as np
import soundfile
import torch

HERE = Path(__file__).parent
RATE = 22_050


def resampled(samples, source, target):
    """`torchaudio.functional.resample` with its defaults, in double precision."""
    common = math.gcd(source, target)
    source, target = source // common, target // common
    base = min(source, target) * 0.99
    width = math.ceil(6 * source / base)
    index = torch.arange(-width, width + source, dtype=torch.float64)[None, None] / source
    t = torch.arange(0, -target, -1, dtype=torch.float64)[:, None, None] / target + index
    t = (t * base).clamp(-6, 6)
    window = torch.cos(t * math.pi / 6 / 2) ** 2
    t = t * math.pi
    kernels = torch.where(t == 0, torch.tensor(1.0, dtype=t.dtype), t.sin() / t) * window * base / source
    wave = torch.nn.functional.pad(torch.tensor(samples, dtype=torch.float64)[None, None], (width, width + source))
    out = torch.nn.functional.conv1d(wave, kernels, stride=source)
    out = out.transpose(1, 2).reshape(-1)
    return out[: math.ceil(target * len(samples) / source)].numpy()


def main():
    time = np.arange(1_323) / RATE
    left = 0.6 * np.sin(2 * np.pi * (300 + 4_000 * time) * time)
    right = 0.3 * np.sin(2 * np.pi * 1_700 * time) * np.exp(-20 * time)
    stereo = np.stack([left, right], axis=1)
    forms = {
        "stereo.flac": (stereo, {"subtype": "PCM_16"}),
        "mono.mp3": (left, {}),
        "stereo24.wav": (stereo, {"subtype": "PCM_24"}),
        "mono8.wav": (left, {"subtype": "PCM_U8"}),
        "float.wav": (left, {"subtype": "FLOAT"}),
    }
    expected = {}
    for name, (samples, options) in forms.items():
        path = HERE / name
        soundfile.write(path, samples, RATE, **options)
        decoded, rate = soundfile.read(path, dtype="float32", always_2d=True)
        mono = decoded.mean(axis=1)
        expected[name] = {
            "rate": rate,
            "samples": len(mono),
            "every_37th": [float(sample) for sample in mono[::37]],
            "every_37th_at_16000": [float(sample) for sample in resampled(mono, rate, 16_000)[::37]],
            "every_37th_at_48000": [float(sample) for sample in resampled(mono, rate, 48_000)[::37]],
        }
    (HERE / "sounds.json").write_text(json.dumps(expected, indent=1) + "\n")


main()
