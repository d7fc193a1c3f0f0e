"""BERT in PyTorch, as a worker of peers.py: torch_bert.py MODEL FOLDER float32|bfloat16. Batches of 32, longest first, padded to the longest."""
import json
import os
import pathlib
import struct
import sys
import time

import torch
import torch.nn.functional as F

BATCH = 32


def load(path):
    """A safetensors file of float32; Debian has no package that reads them."""
    data = bytearray(pathlib.Path(path).read_bytes())
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    tensors = {}
    for name, entry in header.items():
        if name != "__metadata__":
            begin, _ = entry["data_offsets"]
            count = torch.Size(entry["shape"]).numel()
            tensors[name] = torch.frombuffer(data, dtype=torch.float32, count=count, offset=8 + length + begin).reshape(entry["shape"]).clone()
    return tensors


def encode(w, dense, config, ids, mask):
    linear = lambda name, x: F.linear(x, w[f"{name}.weight"], w[f"{name}.bias"])
    norm = lambda name, x: F.layer_norm(x, x.shape[-1:], w[f"{name}.weight"], w[f"{name}.bias"], config["layer_norm_eps"])
    split = lambda x: x.unflatten(-1, (config["num_attention_heads"], -1)).transpose(1, 2)
    x = w["embeddings.word_embeddings.weight"][ids] + w["embeddings.position_embeddings.weight"][: ids.shape[1]] + w["embeddings.token_type_embeddings.weight"][0]
    x = norm("embeddings.LayerNorm", x)
    for layer in (f"encoder.layer.{i}" for i in range(config["num_hidden_layers"])):
        q, k, v = (split(linear(f"{layer}.attention.self.{part}", x)) for part in ("query", "key", "value"))
        shares = (q @ k.transpose(-1, -2) / q.shape[-1] ** 0.5 + mask).softmax(-1)
        x = norm(f"{layer}.attention.output.LayerNorm", x + linear(f"{layer}.attention.output.dense", (shares @ v).transpose(1, 2).flatten(2)))
        x = norm(f"{layer}.output.LayerNorm", x + linear(f"{layer}.output.dense", F.gelu(linear(f"{layer}.intermediate.dense", x))))
    return torch.tanh(F.linear(x[:, 0], dense["linear.weight"], dense["linear.bias"]))


def encode_all(w, dense, config, sequences):
    """One vector for each sequence, in their order."""
    longest_first = sorted(range(len(sequences)), key=lambda index: -len(sequences[index]))
    vectors = torch.empty(len(sequences), dense["linear.weight"].shape[0])
    for first in range(0, len(sequences), BATCH):
        indices = longest_first[first : first + BATCH]
        batch = [sequences[index] for index in indices]
        longest = len(batch[0])
        ids = torch.tensor([sequence + [0] * (longest - len(sequence)) for sequence in batch])
        lengths = torch.tensor([len(sequence) for sequence in batch])
        mask = torch.where(torch.arange(longest) < lengths[:, None], 0.0, torch.finfo(torch.float32).min / 2)[:, None, None, :].to(dense["linear.weight"].dtype)
        vectors[indices] = encode(w, dense, config, ids, mask).float()
    return vectors


def main():
    model, texts, name = sys.argv[1:]
    dtype = getattr(torch, name)
    torch.set_num_threads(len(os.sched_getaffinity(0)))  # Debian's takes one by default
    folder = pathlib.Path(model)
    config = json.loads((folder / "config.json").read_text())
    weights = {key: value.to(dtype) for key, value in load(folder / "model.safetensors").items()}
    dense = {key: value.to(dtype) for key, value in load(folder / "2_Dense/model.safetensors").items()}
    print(f"torch {torch.__version__}", flush=True)
    for line in sys.stdin:
        chosen, *output = line.split()
        sequences = json.loads((pathlib.Path(texts) / f"{chosen}.json").read_text())
        start = time.perf_counter()
        with torch.inference_mode():
            vectors = encode_all(weights, dense, config, sequences)
        seconds = time.perf_counter() - start
        for path in output:
            pathlib.Path(path).write_bytes(vectors.numpy().tobytes())
        print(seconds, len(sequences), flush=True)


main()
