#!/usr/bin/env python3
"""Computes the expected sentence embeddings of all-MiniLM-L6-v2 with Hugging Face transformers.

Writes tests/minilm/embeddings.json, the independent oracle of the test that runs the real checkpoint. Needed again only
when the sentences change; nothing at build or test time calls it.

    scripts/fetch-minilm
    pip install torch==2.15.0 transformers==4.57.6
    python3 scripts/minilm-reference.py

The recipe is the model card's: the last layer's token embeddings, averaged over the attention mask, scaled to length 1.
Every sentence is embedded by itself, in float32 on one CPU thread, so that no padding enters the numbers. Sentences 2n
and 2n + 1 belong together: each must be the other's nearest neighbour, which this script checks before it writes.
"""

import argparse
import json
import os
import pathlib

import torch
import transformers

# Six pairs, from 6 to 56 tokens, with accents, digits, punctuation and upper case.
SENTENCES = [
    "How do I bake bread?",
    "A recipe for sourdough",
    "The stock market fell",
    "Shares closed lower on Wall Street after the central bank raised its interest rate by 0.25 %.",
    "A dog chases a ball across the park.",
    "In the meadow behind our house two puppies were running after a red rubber ball that the children had thrown, "
    "barking all the while, until both of them, tired and wet from the long grass, lay down in the shade of the old "
    "apple tree and fell asleep.",
    "My laptop does not turn on any more.",
    "COMPUTER WON'T START!",
    "Which café serves the best crème brûlée in Montréal?",
    "Restaurants in Montreal with good French desserts",
    "The telescope photographed a galaxy 13 billion light years away.",
    "Astronomers observe distant stars",
]


def default_checkpoint() -> pathlib.Path:
    """Where scripts/fetch-minilm puts the checkpoint."""
    home = pathlib.Path.home()
    user_cache = home / ("Library/Caches" if os.uname().sysname == "Darwin" else ".cache")
    shared = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or user_cache) / "assay"
    cache = pathlib.Path(os.environ.get("ASSAY_CACHE") or shared)
    return cache / "checkpoints/sentence-transformers/all-MiniLM-L6-v2"


def embed(checkpoint: pathlib.Path, sentences: list[str]) -> torch.Tensor:
    """Embeddings of length 1, shape (sentences, 384)."""
    tokenizer = transformers.AutoTokenizer.from_pretrained(checkpoint)
    model = transformers.AutoModel.from_pretrained(checkpoint, dtype=torch.float32).eval()
    rows = []
    for sentence in sentences:
        inputs = tokenizer(sentence, truncation=True, max_length=256, return_tensors="pt")
        hidden = model(**inputs).last_hidden_state
        mask = inputs["attention_mask"].unsqueeze(-1).to(hidden.dtype)
        mean = (hidden * mask).sum(1) / mask.sum(1).clamp(min=1e-9)
        rows.append(torch.nn.functional.normalize(mean, p=2, dim=1))
    return torch.cat(rows)


def check_pairs(embeddings: torch.Tensor) -> None:
    """Stops unless every sentence's nearest neighbour is its partner."""
    similarities = embeddings @ embeddings.T
    similarities.fill_diagonal_(-1.0)
    for index, nearest in enumerate(similarities.argmax(dim=1).tolist()):
        if nearest != index ^ 1:
            raise SystemExit(f"sentence {index} is nearest to {nearest}, not to its partner {index ^ 1}")


def main() -> None:
    expected = pathlib.Path(__file__).resolve().parent.parent / "tests/minilm/embeddings.json"
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--checkpoint", type=pathlib.Path, default=default_checkpoint(), help="its folder")
    parser.add_argument("--output", type=pathlib.Path, default=expected, help="file to write")
    arguments = parser.parse_args()

    torch.set_num_threads(1)
    with torch.inference_mode():
        embeddings = embed(arguments.checkpoint, SENTENCES)
        check_pairs(embeddings.clone())
    # Nine digits bring every float32 back exactly.
    rows = ",\n".join("    [" + ", ".join(f"{value:.9g}" for value in row) + "]" for row in embeddings.tolist())
    sentences = ",\n".join("    " + json.dumps(sentence, ensure_ascii=False) for sentence in SENTENCES)
    versions = json.dumps({"torch": torch.__version__.split("+")[0], "transformers": transformers.__version__})
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    arguments.output.write_text(
        f'{{\n  "made_by": "scripts/minilm-reference.py",\n  "versions": {versions},\n'
        f'  "sentences": [\n{sentences}\n  ],\n  "embeddings": [\n{rows}\n  ]\n}}\n',
        encoding="utf-8",
    )
    print(f"{arguments.output}: {len(SENTENCES)} embeddings")


if __name__ == "__main__":
    main()
