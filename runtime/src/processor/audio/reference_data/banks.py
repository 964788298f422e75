"""Writes banks.json: what torchaudio's port of Kaldi makes of a sound that the Rust tests make from the same formula.

    python banks.py > banks.json     (torchaudio 2.11.0, torch 2.15.0, NumPy 2.4.6)

The options are those of `waveform2melspec` in `data.py` of facebookresearch/ImageBind; samples are given in double
precision, in which all but the filters is then computed.
"""

import json
import sys

import numpy as np
import torch
from torchaudio.compliance.kaldi import fbank

# Rate, mel bins, samples: as ImageBind has them, fewer samples than fill a second frame, rates whose frames are no whole
# number of samples.
CASES = [(16_000, 128, 32_000), (16_000, 36, 559), (8_000, 23, 4_321), (44_100, 80, 20_000), (11_025, 40, 3_000)]


def sound(rate, samples):
    time = np.arange(samples) / rate
    tones = 0.5 * np.sin(2 * np.pi * (200 + 150 * time) * time) + 0.1 * np.sin(2 * np.pi * 1_700 * time)
    noise = (np.arange(samples, dtype=np.uint64) * 2_654_435_761 % 65_536).astype(np.float64) / 65_536 - 0.5
    return (tones + 0.2 * noise + 0.05).astype(np.float32)


expected = []
for rate, bins, samples in CASES:
    features = fbank(
        torch.from_numpy(sound(rate, samples)).double()[None], htk_compat=True, sample_frequency=rate, use_energy=False,
        window_type="hanning", num_mel_bins=bins, dither=0.0, frame_length=25, frame_shift=10,
    )
    expected.append({
        "rate": rate, "bins": bins, "samples": samples, "shape": list(features.shape),
        "every_97th": [round(float(value), 6) for value in features.reshape(-1)[::97]],
    })
json.dump(expected, sys.stdout)
print()
