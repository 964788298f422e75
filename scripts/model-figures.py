#!/usr/bin/env python3
"""Prints the resource figures of a registry entry, from the config.json a model is published with.

The figures in model_registry/families follow these rules, which model_registry/README.md states in prose. The model is
built without its weights (torch's meta device), so that a model of any size takes seconds and a few MiB.

    pip install torch==2.15.0 transformers==4.57.6
    python3 scripts/model-figures.py config.json --class BertModel
    python3 scripts/model-figures.py config.json --dtype bfloat16 --generates
"""

import argparse
import json
import math
import pathlib

import torch
import transformers

MIB = 2**20


def build(name: str, config: transformers.PretrainedConfig) -> torch.nn.Module:
    """The model of a class of transformers, without weights; tied ones are one tensor."""
    with torch.device("meta"):
        model = getattr(transformers, name)(config)
    model.tie_weights()
    return model


def stored(model: torch.nn.Module) -> int:
    """Elements a checkpoint holds: parameters and persistent buffers, tied tensors once."""
    tensors = {id(tensor): tensor for tensor in model.state_dict(keep_vars=True).values()}
    return sum(tensor.numel() for tensor in tensors.values())


def round_up(mib: float) -> int:
    return math.ceil(mib / 50) * 50


def figures(parameters: int, elements: int, element_bytes: int, generates: bool) -> list[str]:
    """The lines of a registry entry."""
    weights_mib = parameters * 4 / MIB
    cores = 2 if parameters < 500e6 else 4 if parameters < 3e9 else 8
    batch = 1 if generates or parameters >= 1e9 else 8 if parameters < 150e6 else 4
    least, recommended = round_up(1.2 * weights_mib + 200), round_up(1.5 * weights_mib + 1000)
    return [
        f"parameters: {parameters:_}",
        f"memory: {{min_mib: {least}, recommended_mib: {recommended}}}",
        f"disk_mib: {max(1, round(elements * element_bytes / MIB))}",
        f"cpu_cores: {cores}",
        f"batch: {batch}",
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("config", type=pathlib.Path, help="config.json as published")
    parser.add_argument("--class", dest="task_class", help="class the task runs, where it is not the published one")
    parser.add_argument("--dtype", default="float32", help="of the published weights: float32, float16 or bfloat16")
    parser.add_argument("--generates", action="store_true", help="whether the task generates token by token")
    arguments = parser.parse_args()

    raw = json.loads(arguments.config.read_text(encoding="utf-8"))
    config = transformers.AutoConfig.for_model(raw["model_type"]).from_dict(raw)
    published = raw["architectures"][0]
    parameters = sum(tensor.numel() for tensor in build(arguments.task_class or published, config).parameters())
    element_bytes = getattr(torch, arguments.dtype).itemsize
    for line in figures(parameters, stored(build(published, config)), element_bytes, arguments.generates):
        print(line)


if __name__ == "__main__":
    main()
