"""Writes beams.json: what transformers' beam search gives for the reference checkpoints of encoder-decoders.

Run with transformers 4.57.6, torch and numpy: python beams.py
"""

import json
import pathlib
import wave

import numpy as np
import torch
from transformers import AutoModelForSeq2SeqLM, AutoTokenizer, WhisperForConditionalGeneration, WhisperProcessor

HERE = pathlib.Path(__file__).parent
KIT = HERE / "../../../reference"
CALLS = [
    {"num_beams": 2, "max_new_tokens": 8},
    {"num_beams": 4, "max_new_tokens": 12},
    {"num_beams": 3, "max_new_tokens": 12, "early_stopping": True},
    {"num_beams": 3, "max_new_tokens": 12, "length_penalty": 2.0},
    {"num_beams": 3, "max_new_tokens": 12, "length_penalty": -1.0, "early_stopping": "never"},
    {"num_beams": 3, "max_new_tokens": 12, "no_repeat_ngram_size": 2, "repetition_penalty": 1.5},
    {"num_beams": 1, "max_new_tokens": 12, "no_repeat_ngram_size": 2, "min_new_tokens": 5},
]


def cut(row, start, end):
    """New tokens up to and including the end token."""
    row = row[start:].tolist()
    return row[: row.index(end) + 1] if end in row else row


def t5():
    model = AutoModelForSeq2SeqLM.from_pretrained(KIT / "t5").eval()
    tokenizer = AutoTokenizer.from_pretrained(KIT / "t5")
    texts = json.loads((KIT / "t5/inputs/texts.json").read_text())
    # The likeliest token ends the sequence early where its bias is raised: `eos` is moved to a likely token.
    for end in (1, 72):
        for call in CALLS:
            rows = model.generate(
                **tokenizer(texts, padding=True, return_tensors="pt"), do_sample=False, eos_token_id=end, **call
            )
            yield {"family": "t5", "end": end, "call": call, "tokens": [cut(row, 1, end) for row in rows]}


def whisper():
    model = WhisperForConditionalGeneration.from_pretrained(KIT / "whisper").eval()
    processor = WhisperProcessor.from_pretrained(KIT / "whisper")
    with wave.open(str(KIT / "whisper/inputs/chirp_16k.wav")) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float32) / 32768
    features = processor(samples, sampling_rate=16000, return_tensors="pt").input_features
    for options in ({"language": "en", "task": "transcribe"}, {"language": "de"}, {"task": "translate"}, {}):
        for stamps in (False, True):
            for beams in (1, 3):
                rows = model.generate(
                    features, do_sample=False, num_beams=beams, max_new_tokens=12, return_timestamps=stamps,
                    return_dict_in_generate=True, **options,
                )
                rows = rows["sequences"]
                end = model.generation_config.eos_token_id
                row = rows[0].tolist()
                yield {"family": "whisper", "call": {"num_beams": beams, "max_new_tokens": 12},
                       "options": options, "timestamps": stamps, "sequence": row}


def long_speech():
    """A sound of several windows: the kit's own, repeated with growing and falling loudness."""
    model = WhisperForConditionalGeneration.from_pretrained(KIT / "whisper").eval()
    processor = WhisperProcessor.from_pretrained(KIT / "whisper")
    with wave.open(str(KIT / "whisper/inputs/chirp_16k.wav")) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float32) / 32768
    for gains in ([1.0, 0.5, 1.0], [0.1, 0.3, 0.6, 1.0, 0.2]):
        long = np.concatenate([samples * np.float32(gain) for gain in gains])
        inputs = processor(
            long, sampling_rate=16000, return_tensors="pt", truncation=False, padding="longest", return_attention_mask=True
        )
        for new, keep in ((12, 1), (20, 25), (12, 40)):
            # With few words left, timestamps close segments.
            silent = [token for token in range(316) if token % keep]
            given = model.generate(
                **inputs, do_sample=False, max_new_tokens=new, return_timestamps=True, return_segments=True, language="en",
                suppress_tokens=model.generation_config.suppress_tokens + silent,
            )
            segments = [
                {"start": float(part["start"]), "end": float(part["end"]), "tokens": part["tokens"].tolist()}
                for part in given["segments"][0]
            ]
            yield {"family": "whisper-long", "gains": gains, "max_new_tokens": new, "suppressed": silent,
                   "sequence": given["sequences"][0].tolist(), "segments": segments}


torch.manual_seed(0)
found = [*t5(), *whisper(), *long_speech()]
(HERE / "beams.json").write_text("[\n" + ",\n".join(json.dumps(entry) for entry in found) + "\n]\n")
