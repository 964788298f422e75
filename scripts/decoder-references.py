"""Makes the reference checkpoints of decoder families that the kit has no folder of.

Tiny random weights and the kit's LLaMA tokenizer; tensors, tokens and texts are what Hugging Face transformers 4.57.6
computes from the folder on disk. The layout is that of tests/reference/README.md.

    python scripts/decoder-references.py            # all of them
    python scripts/decoder-references.py gemma      # one
"""

import hashlib
import json
import math
import shutil
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM, AutoTokenizer
from transformers import GemmaConfig, MistralConfig, Olmo2Config, OlmoConfig

KIT = Path(__file__).parent.parent / "tests" / "reference"
TOKENIZER = ["tokenizer.json", "tokenizer_config.json", "special_tokens_map.json"]
SIZES = dict(
    vocab_size=320, hidden_size=16, intermediate_size=24, num_hidden_layers=2, num_attention_heads=4,
    num_key_value_heads=2, max_position_embeddings=256, bos_token_id=1, eos_token_id=2, pad_token_id=2,
    torch_dtype="float32",
)
CONFIGS = {
    # The prompts are longer than the window.
    "mistral": lambda: MistralConfig(**SIZES, head_dim=8, sliding_window=8),
    "gemma": lambda: GemmaConfig(**{**SIZES, "num_key_value_heads": 1}, head_dim=6),
    "olmo": lambda: OlmoConfig(**{**SIZES, "num_key_value_heads": 4}, tie_word_embeddings=True),
    "olmo2": lambda: Olmo2Config(**SIZES),
}
LAST_LAYER = SIZES["num_hidden_layers"] - 1
NEW_TOKENS, STEPS, LEAST_MARGIN = 12, 4, 5e-3


def save(folder, family, seed):
    """Writes a checkpoint with random weights, norms included."""
    torch.manual_seed(seed)
    config = CONFIGS[family]()
    model = AutoModelForCausalLM.from_config(config, attn_implementation="sdpa")
    for name, weight in model.named_parameters():
        around = 0.0 if "norm" not in name or family == "gemma" else 1.0
        spread = 0.2 if weight.ndim == 1 else 1.4 / math.sqrt(weight.shape[-1])
        weight.data.copy_(around + spread * torch.randn_like(weight))
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    model.generation_config.pad_token_id = 2
    model.save_pretrained(folder)
    for file in TOKENIZER:
        shutil.copy(KIT / "llama" / file, folder / file)
    shutil.copytree(KIT / "llama" / "inputs", folder / "inputs")


def places(mask):
    return torch.where(mask == 0, 1, mask.cumsum(1) - 1)


def greedy(model, tokenizer, ids, mask):
    """Greedy tokens with their margins, and the scores of the first steps."""
    given = model.generate(
        input_ids=ids, attention_mask=mask, do_sample=False, max_new_tokens=NEW_TOKENS, output_logits=True,
        return_dict_in_generate=True,
    )
    scores = torch.stack(given.logits, 1)
    sequences = []
    for row, tokens in enumerate(given.sequences[:, ids.shape[1]:].tolist()):
        length = tokens.index(2) + 1 if 2 in tokens else len(tokens)
        best = scores[row, :length].topk(2).values
        sequences.append({
            "token_ids": tokens[:length],
            "stopped_by_eos": 2 in tokens,
            "text": tokenizer.decode(tokens[:length], skip_special_tokens=True),
            "text_with_special_tokens": tokenizer.decode(tokens[:length]),
            "argmax_margins": [round(float(margin), 5) for margin in best[:, 0] - best[:, 1]],
        })
    call = {"do_sample": False, "num_beams": 1, "max_new_tokens": NEW_TOKENS}
    return {"call": call, "sequences": sequences}, scores[:, :STEPS]


def describe(folder, family, seed):
    """The reference of a folder, or None where a margin is too small."""
    load = lambda dtype: AutoModelForCausalLM.from_pretrained(folder, dtype=dtype, attn_implementation="sdpa").eval()
    model, exact = load(torch.float32), load(torch.float64)
    tokenizer = AutoTokenizer.from_pretrained(folder, padding_side="left")
    texts = json.loads((folder / "inputs/prompts.json").read_text())
    chat = json.loads((folder / "inputs/chat.json").read_text())["chat"]
    rendered = tokenizer.apply_chat_template(chat, tokenize=False, add_generation_prompt=True)
    inputs = {
        "prompt": tokenizer(texts[0], return_tensors="pt"),
        "batch": tokenizer(texts, padding=True, return_tensors="pt"),
        "chat": tokenizer(rendered, add_special_tokens=False, return_tensors="pt"),
    }
    said = {
        "prompt": {"inputs": {"texts": "inputs/prompts.json", "index": 0}, "call": "tokenizer(texts[0])"},
        "batch": {
            "inputs": {"texts": "inputs/prompts.json"},
            "call": "tokenizer(texts, padding=True) with padding_side='left'",
        },
        "chat": {
            "inputs": {"messages": "inputs/chat.json", "key": "chat"},
            "call": "tokenizer.apply_chat_template(messages, add_generation_prompt=True)",
            "results": {"rendered": rendered},
        },
    }
    tensors, notes = {}, {}

    def add(name, value, against=None, mask=None):
        tensors[name] = value.contiguous()
        note = {"dtype": "I64" if value.dtype == torch.int64 else "F32", "shape": list(value.shape)}
        if against is None and value.dtype == torch.int64:
            notes[name] = {**note, "role": "preprocessed", "atol": 0}
            return
        largest = float(value.abs().max())
        noise = 0.0 if against is None else float((value.double() - against).abs().max())
        atol = max(1e-5, 2e-5 * largest, 30 * noise)
        atol = math.ceil(atol / 10 ** math.floor(math.log10(atol))) * 10 ** math.floor(math.log10(atol))
        notes[name] = {**note, "role": "output", "max_abs": largest, "float32_noise": noise, "atol": float(f"{atol:.0e}")}
        if mask:
            notes[name]["compare_where"] = mask

    margins = []
    for case, batch in inputs.items():
        ids, mask = batch["input_ids"], batch["attention_mask"]
        feed = dict(input_ids=ids, attention_mask=mask, position_ids=places(mask), use_cache=True)
        with torch.no_grad():
            given, truth = model(**feed), exact(**feed)
            generated, steps = greedy(model, tokenizer, ids, mask)
        add(f"{case}.input_ids", ids)
        add(f"{case}.attention_mask", mask)
        if case != "chat":
            add(f"{case}.position_ids", places(mask))
        if case == "prompt":
            add("prompt.logits", given.logits, truth.logits, "prompt.attention_mask")
            # A window's cache is shorter than what it has seen: only the values of the layers' own are stored.
            if family != "mistral":
                for layer in range(LAST_LAYER + 1):
                    for part in ("keys", "values"):
                        own = lambda cache: getattr(cache.past_key_values.layers[layer], part)
                        add(f"prompt.present.{layer}.{part[:-1]}", own(given), own(truth))
            add("prompt.greedy.step_logits", steps)
        if case == "batch":
            add("batch.last_logits", given.logits[:, -1], truth.logits[:, -1])
        said[case]["generated"] = {"greedy": generated}
        margins += [margin for row in generated["sequences"] for margin in row["argmax_margins"]]
        varied = all(len(set(row["token_ids"])) > 2 for row in generated["sequences"])
        if not varied:
            return None
    if min(margins) < LEAST_MARGIN:
        return None
    save_file(tensors, folder / "reference.safetensors")
    return {
        "format": 1,
        "family": family,
        "hf_class": model.__class__.__name__,
        "task": "text-generation",
        "weights": {"seed": seed},
        "versions": {"transformers": "4.57.6", "made_by": "scripts/decoder-references.py"},
        "cases": said,
        "tensors": notes,
    }


def hashes(folder):
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != "reference.json")
    digest = lambda path: {"sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
    return {path.relative_to(folder).as_posix(): digest(path) for path in files}


def make(family):
    folder = KIT / family
    for seed in range(100):
        save(folder, family, seed)
        reference = describe(folder, family, seed)
        if reference:
            reference["files"] = hashes(folder)
            text = json.dumps(reference, indent=1, allow_nan=False)
            (folder / "reference.json").write_text(text + "\n")
            return print(f"{family}: seed {seed}")
    raise SystemExit(f"{family}: no seed gives clear margins")


if __name__ == "__main__":
    torch.set_num_threads(1)
    for wanted in sys.argv[1:] or CONFIGS:
        make(wanted)
