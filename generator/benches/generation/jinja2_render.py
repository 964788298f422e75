"""Renders views (argv[2], JSON) with templates (argv[1]) in jinja2 and prints how long it takes."""

import json
import re
import sys
import time

import jinja2

CAMEL_CASE = re.compile(r"(?=.*[A-Z].*[A-Z])(?=.*[a-z])\w+$")


def doc_code(text):
    return "`" + text.replace("`", "") + "`"


def doc_prose(text):
    return " ".join(f"`{word}`" if CAMEL_CASE.match(word) else word for word in text.split())


def rust_imports(names):
    return names[0] if len(names) == 1 else "{" + ", ".join(names) + "}"


def rust_str(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


environment = jinja2.Environment(loader=jinja2.FileSystemLoader(sys.argv[1]), autoescape=False)
environment.filters.update(
    doc_code=doc_code,
    doc_prose=doc_prose,
    rust_float=repr,
    rust_ident=str,
    rust_imports=rust_imports,
    rust_str=rust_str,
)
with open(sys.argv[2], encoding="utf-8") as file:
    cells = json.load(file)
templates = {cell["template"]: environment.get_template(cell["template"]) for cell in cells}
for round in range(3):
    start = time.perf_counter()
    texts = [templates[cell["template"]].render(cell["view"]) for cell in cells]
    elapsed = time.perf_counter() - start
different = sum(text.strip() != cell["text"].strip() for text, cell in zip(texts, cells))
print(f"  jinja2 {jinja2.__version__:<37}{elapsed * 1e3:>10.1f}{len(cells) / elapsed:>12.0f}")
print(f"  {different} of {len(cells)} texts differ from tera's")
