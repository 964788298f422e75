"""Writes variants/: tiny checkpoints of encoder-decoders that the reference kit lacks, with what transformers gives for them.

Run with transformers 4.57.6, tokenizers and torch: python variants.py
"""

import json
import pathlib

import torch
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import (
    BartConfig, BartForConditionalGeneration, MBartConfig, MBartForConditionalGeneration, MT5Config,
    MT5ForConditionalGeneration, T5Config, T5ForConditionalGeneration,
)

HERE = pathlib.Path(__file__).parent / "variants"
WORDS = "the boat is ready why winter cold keeper walks to village there are red apples light home fish".split()
TEXTS = ["the boat is ready", "why is the winter cold", "there are red apples the keeper walks to the village"]
CALLS = [
    {"num_beams": 1, "max_new_tokens": 8},
    {"num_beams": 3, "max_new_tokens": 8},
    {"num_beams": 2, "max_new_tokens": 10},
]

ATTENTION = dict(
    vocab_size=32, d_model=12, encoder_layers=1, decoder_layers=2, encoder_attention_heads=2, decoder_attention_heads=4,
    encoder_ffn_dim=14, decoder_ffn_dim=16, max_position_embeddings=24, decoder_start_token_id=2, forced_eos_token_id=2,
)
BUCKETS = dict(
    vocab_size=32, d_model=12, d_kv=4, d_ff=14, num_layers=2, num_decoder_layers=2, num_heads=3, decoder_start_token_id=0,
    relative_attention_num_buckets=8, relative_attention_max_distance=6,
)
MODELS = {
    "bart": (BartForConditionalGeneration, BartConfig(**ATTENTION), {"no_repeat_ngram_size": 3, "min_length": 4}),
    "mbart": (
        MBartForConditionalGeneration,
        MBartConfig(**ATTENTION, scale_embedding=True, activation_function="relu"),
        {"forced_bos_token_id": 7, "length_penalty": 0.5},
    ),
    "mt5": (
        MT5ForConditionalGeneration,
        MT5Config(**BUCKETS, feed_forward_proj="gated-gelu", tie_word_embeddings=False),
        {"repetition_penalty": 1.2},
    ),
    "t5": (T5ForConditionalGeneration, T5Config(**BUCKETS, feed_forward_proj="gated-silu"), {"early_stopping": True}),
}


def tokenizer(has_start, folder):
    special = ["<s>", "<pad>", "</s>", "<unk>"] if has_start else ["<pad>", "</s>", "<s>", "<unk>"]
    ids = {token: index for index, token in enumerate([*special, *WORDS])}
    built = Tokenizer(models.WordLevel(ids, unk_token="<unk>"))
    built.pre_tokenizer = pre_tokenizers.Whitespace()
    template = "<s> $A </s>" if has_start else "$A </s>"
    built.post_processor = processors.TemplateProcessing(
        single=template, special_tokens=[(token, ids[token]) for token in ("<s>", "</s>")]
    )
    built.add_special_tokens(special)
    built.save(str(folder / "tokenizer.json"))
    (folder / "tokenizer_config.json").write_text(json.dumps({"pad_token": "<pad>", "eos_token": "</s>"}))
    return built, ids["<pad>"]


def scramble(model):
    with torch.no_grad():
        for name, tensor in model.named_parameters():
            scale = 0.35 if tensor.ndim > 1 else 0.2
            tensor.copy_(torch.randn_like(tensor) * scale + (tensor.ndim == 1 and "norm" in name and "weight" in name))
        for name, tensor in model.named_buffers():
            if "logits_bias" in name:
                tensor.copy_(torch.randn_like(tensor))
    model.tie_weights()


def main():
    for index, (name, (cls, config, settings)) in enumerate(MODELS.items()):
        torch.manual_seed(index)
        folder = HERE / name
        folder.mkdir(parents=True, exist_ok=True)
        model = cls(config).eval()
        scramble(model)
        model.save_pretrained(folder)
        file = folder / "generation_config.json"
        file.write_text(json.dumps({**json.loads(file.read_text()), **settings}, indent=2) + "\n")
        built, pad = tokenizer("bart" in name, folder)
        built.enable_padding(pad_id=pad, pad_token="<pad>")
        encoded = built.encode_batch(TEXTS)
        ids = torch.tensor([row.ids for row in encoded])
        mask = torch.tensor([row.attention_mask for row in encoded])
        built.no_padding()
        runs = []
        for call in CALLS:
            given = model.generate(
                input_ids=ids, attention_mask=mask, do_sample=False, return_dict_in_generate=True, output_logits=True,
                **settings, **call,
            )
            end = model.generation_config.eos_token_id
            rows = [row[1:].tolist() for row in given.sequences]
            rows = [row[: row.index(end) + 1] if end in row else row for row in rows]
            first = given.logits[0][:: call["num_beams"]]
            runs.append({"call": call, "tokens": rows, "first_scores": [[round(x, 6) for x in row] for row in first.tolist()]})
        (folder / "expected.json").write_text(json.dumps({"texts": TEXTS, "runs": runs}))


main()
