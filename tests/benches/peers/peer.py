"""Does what a benchmark's peer does, a turn for each line on standard input, and says how long it took.

usage: peer.py CASE OPTIONS, where OPTIONS is a JSON object. Prints {"ready": versions} first, then for every line it
reads {"seconds": .., "result": ..}; ends at the end of its input.
"""

import json
import os
import sys
import time

options = json.loads(sys.argv[2])
threads = options.get("threads", 1)
os.environ["OMP_NUM_THREADS"] = str(threads)
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"


def session_options():
    import onnxruntime

    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = threads
    return settings


def pooled(hidden, mask):
    """Mean over tokens that are no padding, of length 1."""
    import numpy as np

    mask = mask[..., None].astype(np.float32)
    mean = (hidden * mask).sum(1) / mask.sum(1)
    return mean / np.linalg.norm(mean, axis=1, keepdims=True)


def in_arrival_order(embed):
    """Embeds batches in the order in which texts came."""
    texts, size = options["texts"], options["batch"]

    def turn():
        batches = [embed(texts[start : start + size]) for start in range(0, len(texts), size)]
        return [float(row[0]) for batch in batches for row in batch]

    return turn


def transformers_embedding():
    import torch
    from transformers import AutoModel, AutoTokenizer

    torch.set_num_threads(threads)
    tokenizer = AutoTokenizer.from_pretrained(options["folder"])
    model = AutoModel.from_pretrained(options["folder"]).eval()

    def embed(texts):
        encoded = tokenizer(texts, padding=True, truncation=True, return_tensors="pt")
        with torch.inference_mode():
            hidden = model(**encoded).last_hidden_state
        return pooled(hidden.numpy(), encoded["attention_mask"].numpy())

    return in_arrival_order(embed)


def optimum_embedding():
    from optimum.onnxruntime import ORTModelForFeatureExtraction
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(options["folder"])
    model = ORTModelForFeatureExtraction.from_pretrained(options["folder"], session_options=session_options())

    def embed(texts):
        encoded = tokenizer(texts, padding=True, truncation=True, return_tensors="np")
        return pooled(model(**encoded).last_hidden_state, encoded["attention_mask"])

    return in_arrival_order(embed)


def sentence_transformers_embedding():
    import torch
    from sentence_transformers import SentenceTransformer

    torch.set_num_threads(threads)
    model = SentenceTransformer(options["folder"], device="cpu")

    def turn():
        rows = model.encode(options["texts"], batch_size=options["batch"], normalize_embeddings=True)
        return [float(row[0]) for row in rows]

    return turn


def optimum_decoding():
    import torch
    from optimum.onnxruntime import ORTModelForCausalLM

    torch.set_num_threads(threads)
    model = ORTModelForCausalLM.from_pretrained(options["folder"], session_options=session_options(), use_cache=True)
    prompt = torch.tensor([options["prompt"]])
    count = options["tokens"]

    def turn():
        tokens = model.generate(
            input_ids=prompt,
            attention_mask=torch.ones_like(prompt),
            do_sample=False,
            num_beams=1,
            min_new_tokens=count,
            max_new_tokens=count,
        )
        return tokens[0, prompt.shape[1] :].tolist()

    return turn


def genai_decoding():
    import onnxruntime_genai as genai

    model = genai.Model(options["folder"])
    prompt, count = options["prompt"], options["tokens"]

    def turn():
        parameters = genai.GeneratorParams(model)
        length = len(prompt) + count
        parameters.set_search_options(do_sample=False, min_length=length, max_length=length, batch_size=1)
        generator = genai.Generator(model, parameters)
        generator.append_tokens([prompt])
        while not generator.is_done():
            generator.generate_next_token()
        return [int(token) for token in generator.get_sequence(0)[len(prompt) :]]

    return turn


def log_mel():
    import numpy as np
    from transformers import WhisperFeatureExtractor

    extractor = WhisperFeatureExtractor.from_pretrained(options["folder"])
    samples = np.fromfile(options["samples"], dtype=np.float32)

    def turn():
        # Without `device` this is the path through numpy.
        features = extractor._np_extract_fbank_features(samples[None], "cpu")
        return [float(value) for value in features[0, :, 100]]

    return turn


def resize():
    from PIL import Image

    width, height = options["from"]
    picture = Image.frombytes("RGB", (width, height), open(options["pixels"], "rb").read())

    def turn():
        small = picture.resize(tuple(options["to"]), options["filter"])
        return lambda: sum(small.tobytes()) % 65521

    return turn


def bare_loop():
    import numpy as np
    import onnxruntime

    session = onnxruntime.InferenceSession(options["file"], session_options(), providers=["CPUExecutionProvider"])
    feeds = {name: np.array(rows, dtype=np.int64) for name, rows in options["feeds"].items()}
    times = []

    def turn():
        start = time.perf_counter()
        session.run(None, feeds)
        times.append(time.perf_counter() - start)

        def median():
            ordered = sorted(times)
            times.clear()
            return ordered[len(ordered) // 2]

        return median

    return turn


CASES = {
    "bare-loop": bare_loop,
    "transformers-embedding": transformers_embedding,
    "optimum-embedding": optimum_embedding,
    "sentence-transformers-embedding": sentence_transformers_embedding,
    "optimum-decoding": optimum_decoding,
    "genai-decoding": genai_decoding,
    "log-mel": log_mel,
    "resize": resize,
}


def main():
    # What libraries print must not mix with what is answered.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    turn = CASES[sys.argv[1]]()
    loaded = {name: module.__version__ for name, module in sys.modules.items() if "." not in name and hasattr(module, "__version__")}
    known = ["PIL", "numpy", "onnxruntime", "onnxruntime_genai", "optimum", "sentence_transformers", "torch", "transformers"]
    print(json.dumps({"ready": {name: loaded[name] for name in known if name in loaded}}), file=answers, flush=True)
    for line in sys.stdin:
        repeat = int(line)
        start = time.perf_counter()
        for _ in range(repeat):
            result = turn()
        seconds = (time.perf_counter() - start) / repeat
        # What costs time only to be told is told afterwards.
        if callable(result):
            result = result()
        print(json.dumps({"seconds": seconds, "result": result}), file=answers, flush=True)


main()
