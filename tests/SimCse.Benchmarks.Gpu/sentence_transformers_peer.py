"""sentence-transformers on a GPU, on the ids that `measure` wrote: sentence_transformers_peer.py WORK OUTPUT. Its own encode() does everything
but tokenising, which costs nothing here: a text is a string with a character for each id. Beside it, the model alone on ids that are on the GPU."""
import json
import pathlib
import shutil
import sys
import time

import numpy as np
import sentence_transformers
import torch
import transformers
from sentence_transformers import SentenceTransformer

WORK, OUTPUT = map(pathlib.Path, sys.argv[1:])
DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
DTYPES = {"float16": torch.float16, "bfloat16": torch.bfloat16}
BATCHES = (32, 256, 2048)
SETS = ("20", "32", "128", "JSTS")
BUDGETS = (16_384, 65_536)
results = {}


class OnIds(SentenceTransformer):
    def preprocess(self, inputs, prompt=None, **_):
        longest = max(map(len, inputs))
        units = "".join(text.ljust(longest, "\0") for text in inputs).encode("utf-16-le")
        ids = torch.from_numpy(np.frombuffer(units, np.uint16).astype(np.int64).reshape(len(inputs), longest))
        return {"input_ids": ids, "attention_mask": (ids != 0).long()}


def say(name, value):
    results[name] = value
    print(f"[{time.monotonic() - started:.1f} s] {name} {value}", flush=True)
    OUTPUT.write_text(json.dumps(results, indent=2))


def read(name):
    return ["".join(map(chr, sequence)) for sequence in json.loads((WORK / f"ids-{name}.json").read_text())]


def load(dtype):
    """With BERT's own tokenizer class, whose vocabulary is never used, where the Japanese one does not load."""
    for tokenizer in (None, '{"tokenizer_class": "BertTokenizer", "model_max_length": 128}'):
        folder = WORK / "model"
        if tokenizer:
            folder = WORK / "model-bert"
            if not folder.exists():
                shutil.copytree(WORK / "model", folder)
            (folder / "tokenizer_config.json").write_text(tokenizer)
        try:
            return OnIds(str(folder), device=DEVICE, model_kwargs={"dtype": dtype}).to(dtype)
        except Exception as error:
            say(f"loading with tokenizer {tokenizer}", f"{type(error).__name__}: {error}"[:300])
    raise SystemExit("the model does not load")


def rate(model, texts, batch):
    model.encode(texts[: 4 * batch], batch_size=batch, show_progress_bar=False)
    begin = time.monotonic()
    model.encode(texts, batch_size=batch, show_progress_bar=False)
    return len(texts) / (time.monotonic() - begin)


def forward(model, length, budget):
    rows = budget // length
    ids = torch.randint(5, 9_000, (rows, length), device=DEVICE)
    features = lambda: {"input_ids": ids, "attention_mask": torch.ones_like(ids)}
    with torch.inference_mode():
        for _ in range(3):
            model(features())
        torch.cuda.synchronize()
        runs, begin = 0, time.monotonic()
        while time.monotonic() - begin < 0.4:
            for _ in range(5):
                model(features())
            torch.cuda.synchronize()
            runs += 5
        return rows * runs / (time.monotonic() - begin)


def products(dtype, tokens):
    """The products of a layer, as `measure` does them."""
    total = seconds = 0
    for rows, columns, count in ((768, 768, 4), (768, 3072, 1), (3072, 768, 1)):
        x = torch.randn(tokens, rows, device=DEVICE, dtype=dtype) * 0.02
        w = torch.randn(rows, columns, device=DEVICE, dtype=dtype) * 0.02
        for _ in range(5):
            x @ w
        torch.cuda.synchronize()
        runs, begin = 0, time.monotonic()
        while time.monotonic() - begin < 0.2:
            for _ in range(50):
                x @ w
            torch.cuda.synchronize()
            runs += 50
        one = (time.monotonic() - begin) / runs
        total += 2 * tokens * rows * columns * count
        seconds += one * count
    return total / seconds / 1e12


started = time.monotonic()
say("versions", f"sentence-transformers {sentence_transformers.__version__}, transformers {transformers.__version__}, torch {torch.__version__}")
sets = {name: read(name) for name in SETS}
check, expected = read("check"), np.frombuffer((WORK / "vectors.bin").read_bytes(), np.float32)
for tokens in (4_096, 16_384, 65_536):
    say(f"products float16 {tokens} tokens: TFLOP/s", products(torch.float16, tokens))
for name, dtype in DTYPES.items():
    model = load(dtype)
    vectors = np.asarray(model.encode(check, batch_size=256, show_progress_bar=False), np.float32)
    exact = expected.reshape(vectors.shape)
    cosines = (vectors * exact).sum(1) / np.linalg.norm(vectors, axis=1) / np.linalg.norm(exact, axis=1)
    say(f"{name} against fp32 cpu: least cosine", float(cosines.min()))
    say(f"{name} attention", model[0].model.config._attn_implementation)
    for set_name, texts in sets.items():
        for batch in BATCHES:
            some = texts[: 2_048 if batch == 32 else 8_192 if set_name == "128" else 16_384]
            say(f"{name} {set_name}, batches of {batch}: texts/s", rate(model, some, batch))
        if set_name != "JSTS":
            for budget in BUDGETS:
                say(f"{name} {set_name}, model alone, {budget} tokens: texts/s", forward(model, int(set_name), budget))
    del model
    torch.cuda.empty_cache()
