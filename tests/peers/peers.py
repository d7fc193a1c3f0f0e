"""Our encoder beside other ways to run the same model, on the same texts and machine, interleaved in one run.

    python3 tests/peers/peers.py MODEL SENTENCES FOLDER --prepare        builds, imports, cuts the texts; may share the machine
    python3 tests/peers/peers.py MODEL SENTENCES FOLDER                  JSTS; needs the machine for itself, as does the next
    python3 tests/peers/peers.py MODEL SENTENCES FOLDER --tokens 20 --tokens 32

MODEL is a sentence-transformers folder (`simcse model random -o MODEL`), SENTENCES a JSTS file, FOLDER keeps what is prepared. Needs the SDK;
Node.js with `npm ci` run in this folder for transformers.js; python3-torch and libopenblas0-pthread (Debian) for PyTorch, whose products in
float32 are a hundred times slower with the reference BLAS. What is missing is left out and named. Our side is given texts, the others token ids,
so that tokenising counts against us only. Every peer's vectors are compared with ours, and the run fails where they are not the same.
"""
import argparse
import array
import json
import math
import pathlib
import random
import shutil
import statistics
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
SIMCSE = ["dotnet", str(ROOT / "src/SimCse.Cli/bin/Release/net10.0/simcse.dll")]
BENCHMARKS = ["dotnet", str(ROOT / "tests/SimCse.Benchmarks/bin/Release/net10.0/SimCse.Benchmarks.dll")]
PRECISIONS = ("fp32", "int8", "int8-stable")
BATCH = 32  # of the peers, as sentence-transformers'
SENTENCES = "JSTS"


class Worker:
    """A process that answers each line `SET [VECTORS]` with the seconds that it took to encode that set of texts, and how many they were."""

    def __init__(self, name, least_cosine, command):
        self.name, self.least_cosine, self.rates, self.cosine = name, least_cosine, {}, 1.0
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=HERE)
        self.version = self.answer()

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"it ended with exit code {self.process.wait()}")
        return line.strip()

    def ask(self, line):
        print(line, file=self.process.stdin, flush=True)
        seconds, count = self.answer().split()
        return float(seconds), int(count)

    def run(self, name):
        seconds, count = self.ask(name)
        self.rates.setdefault(name, []).append(count / seconds)

    def vectors(self, name, folder):
        """Warms the worker up. A vector for each of the first texts of the set, for as many as it encodes."""
        path = folder / "vectors.bin"
        _, count = self.ask(f"{name} {path}")
        values = array.array("f", path.read_bytes())
        width = len(values) // count
        return [values[i : i + width] for i in range(0, len(values), width)]

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def cosine(a, b):
    dot = lambda x, y: sum(map(float.__mul__, map(float, x), map(float, y)))
    return dot(a, b) / math.sqrt(dot(a, a) * dot(b, b))


def say(text):
    print(text, file=sys.stderr, flush=True)


def prepare(arguments, folder):
    for project in ("src/SimCse.Cli", "tests/SimCse.Benchmarks"):
        subprocess.run(["dotnet", "build", "-c", "Release", str(ROOT / project)], check=True, stdout=sys.stderr)
    for precision in PRECISIONS:
        extra = ["--standard"] if precision == "fp32" else []
        if not (folder / precision / "bundle.json").exists():
            subprocess.run([*SIMCSE, "model", "import", arguments.model, "-o", str(folder / precision), "--precision", precision, *extra], check=True, stdout=sys.stderr)
    (folder / "onnx").mkdir(exist_ok=True)
    shutil.copy(folder / "fp32/onnx/model.onnx", folder / "onnx/model.onnx")
    shutil.copy(pathlib.Path(arguments.model) / "config.json", folder / "config.json")

    pairs = [json.loads(line) for line in open(arguments.sentences, encoding="utf-8")]
    write_set(folder, SENTENCES, typical(folder, sorted({pair[key] for pair in pairs for key in ("sentence1", "sentence2")}), arguments.texts))
    for tokens, count in ((20, 64), (32, 64), (128, 32)):
        made = subprocess.run([*BENCHMARKS, "texts", str(folder / "fp32"), str(tokens), str(count)], check=True, capture_output=True, text=True).stdout
        write_set(folder, f"{tokens} tokens", made.splitlines())


def typical(folder, texts, count):
    """Runs of 32 texts of like length, spread over all the file's: batches as they are where the whole file is sorted, without its hours."""
    by_length = [text for _, text in sorted(zip(map(len, tokenize(folder, texts)), texts))]
    runs = [by_length[i : i + BATCH] for i in range(0, len(by_length) - BATCH + 1, BATCH)]
    wanted = count // BATCH
    return [text for i in range(wanted) for text in runs[(2 * i + 1) * len(runs) // (2 * wanted)]]


def tokenize(folder, texts):
    (folder / "some.txt").write_text("\n".join(texts) + "\n", encoding="utf-8")
    lines = subprocess.run([*SIMCSE, "tokenize", str(folder / "some.txt"), "--model", str(folder / "fp32")], check=True, capture_output=True, text=True).stdout
    return [json.loads(line)["input_ids"] for line in lines.splitlines()]


def write_set(folder, name, texts):
    random.Random(1).shuffle(texts)  # sorting is everybody's own work
    (folder / f"{stem(name)}.txt").write_text("\n".join(texts) + "\n", encoding="utf-8")
    (folder / f"{stem(name)}.json").write_text(json.dumps(tokenize(folder, texts)))


def stem(name):
    return name.split()[0].lower()


def workers(arguments, folder, sets):
    torch = ["/usr/bin/python3", str(HERE / "torch_bert.py"), arguments.model, str(folder)]
    standard = [*BENCHMARKS, "standard", str(folder / "onnx/model.onnx"), str(folder)]
    own = lambda precision: [*BENCHMARKS, "peer", str(folder / precision), str(folder)]
    # The least cosine to our fp32: the same but for rounding, or what the precision costs.
    commands = [
        ("simcse fp32", 0.99999, own("fp32")),
        ("simcse int8", 0.99, own("int8")),
        ("simcse int8-stable", 0.99, own("int8-stable")),
        ("ONNX Runtime, standard graph, padded to the longest", 0.99999, [*standard, "0"]),
        ("ONNX Runtime, standard graph, padded to 128", 0.99999, [*standard, "128"]),
        ("transformers.js (onnxruntime-node)", 0.99999, ["node", str(HERE / "transformers.mjs"), str(folder)]),
        ("PyTorch float32", 0.99999, [*torch, "float32"]),
        ("PyTorch bfloat16", 0.99, [*torch, "bfloat16"]),
    ]
    started, exact = [], {}
    for name, least, command in commands:
        try:
            worker = Worker(name, least, command)
            for chosen in sets:
                vectors = worker.vectors(stem(chosen), folder)
                worker.cosine = min(worker.cosine, *(cosine(a, b) for a, b in zip(vectors, exact.setdefault(chosen, vectors))))
            started.append(worker)
            say(f"{name}: {worker.version}, cosine to our fp32 at least {worker.cosine:.6f}")
        except (OSError, RuntimeError) as e:
            say(f"left out: {name}: {e}")
    return started


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("sentences")
    parser.add_argument("folder")
    parser.add_argument("--prepare", action="store_true", help="prepare the folder, measure nothing")
    parser.add_argument("--texts", type=int, default=160, help=f"of the sentences, a multiple of {BATCH}; counts when preparing")
    parser.add_argument("--tokens", type=int, action="append", choices=(20, 32, 128), help="measure texts of this length in place of the sentences")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    arguments.model = str(pathlib.Path(arguments.model).resolve())
    folder = pathlib.Path(arguments.folder).resolve()
    folder.mkdir(exist_ok=True)
    if arguments.prepare:
        return prepare(arguments, folder)

    sets = [f"{tokens} tokens" for tokens in arguments.tokens] if arguments.tokens else [SENTENCES]
    peers = workers(arguments, folder, sets)
    for number in range(arguments.rounds):
        for peer in peers:
            for name in sets:
                peer.run(stem(name))
        say(f"round {number + 1} of {arguments.rounds} done")
    for peer in peers:
        peer.close()
    report(arguments, folder, sets, peers)
    wrong = [f"{peer.name} ({peer.cosine:.6f})" for peer in peers if peer.cosine < peer.least_cosine]
    if wrong:
        sys.exit(f"other vectors than ours: {', '.join(wrong)}")


def report(arguments, folder, sets, peers):
    rows = []
    for name in sets:
        own = statistics.median(peers[0].rates[stem(name)])
        for peer in peers:
            rates = peer.rates[stem(name)]
            rows.append((name, peer.name, peer.version, statistics.median(rates), statistics.median(rates) / own, min(rates), max(rates), peer.cosine))
    if arguments.json:
        keys = ("texts", "peer", "version", "textsPerSecond", "timesOurFp32", "slowest", "fastest", "cosine")
        return print(json.dumps([dict(zip(keys, row)) for row in rows], ensure_ascii=False))
    for name in sets:
        lengths = [len(ids) for ids in json.loads((folder / f"{stem(name)}.json").read_text())]
        print(f"{name}: {len(lengths)} texts, {sum(lengths) / len(lengths):.1f} tokens on average, medians of {arguments.rounds} rounds\n")
        print("| what | version | texts/s | rounds | × our fp32 | least cosine to it |\n|---|---|---|---|---|---|")
        for _, peer, version, rate, ratio, least, most, close in (row for row in rows if row[0] == name):
            print(f"| {peer} | {version} | {rate:.1f} | {least:.1f} to {most:.1f} | {ratio:.2f} | {close:.5f} |")
        print()


if __name__ == "__main__":
    main()
