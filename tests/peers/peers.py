"""Our encoder beside other ways to run the same model, on the same texts and machine, turn by turn in one run.

    python3 tests/peers/peers.py MODEL SENTENCES [--texts 192] [--rounds 3] [--json]

MODEL is a sentence-transformers folder (`simcse model random -o MODEL`), SENTENCES a JSTS file. Needs the SDK; Node.js with `npm ci` run in this
folder for transformers.js; python3-torch (Debian) for PyTorch: what is missing is left out and named. Our side is given texts, the others token
ids, so that tokenising counts against us only.
"""
import argparse
import json
import pathlib
import random
import shutil
import statistics
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
SIMCSE = ["dotnet", "run", "-c", "Release", "--project", str(ROOT / "src/SimCse.Cli"), "--"]
BENCHMARKS = ["dotnet", "run", "-c", "Release", "--project", str(ROOT / "tests/SimCse.Benchmarks"), "--"]


class Worker:
    """A process that answers each line `run` with the seconds that it took to encode everything."""

    def __init__(self, name, command):
        self.name, self.seconds = name, []
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=HERE)
        self.version = self.answer()

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"it ended with exit code {self.process.wait()}")
        return line.strip()

    def run(self):
        print("run", file=self.process.stdin, flush=True)
        return float(self.answer())

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def prepare(arguments, folder):
    pairs = [json.loads(line) for line in open(arguments.sentences, encoding="utf-8")]
    texts = sorted({pair[key] for pair in pairs for key in ("sentence1", "sentence2")})
    texts = random.Random(1).sample(texts, arguments.texts)
    (folder / "texts.txt").write_text("\n".join(texts) + "\n", encoding="utf-8")
    for precision in ("fp32", "int8", "int8-stable"):
        extra = ["--standard"] if precision == "fp32" else []
        subprocess.run([*SIMCSE, "model", "import", arguments.model, "-o", str(folder / precision), "--precision", precision, *extra], check=True, stdout=sys.stderr)
    tokens = subprocess.run(
        [*SIMCSE, "tokenize", str(folder / "texts.txt"), "--model", str(folder / "fp32")], check=True, capture_output=True, text=True).stdout
    ids = [json.loads(line)["input_ids"] for line in tokens.splitlines()]
    (folder / "ids.json").write_text(json.dumps(ids))
    (folder / "onnx").mkdir()
    shutil.copy(folder / "fp32/onnx/model.onnx", folder / "onnx/model.onnx")
    shutil.copy(pathlib.Path(arguments.model) / "config.json", folder / "config.json")
    return ids


def workers(arguments, folder):
    ids, texts, standard = str(folder / "ids.json"), str(folder / "texts.txt"), str(folder / "onnx/model.onnx")
    torch = ["/usr/bin/python3", str(HERE / "torch_bert.py"), arguments.model, ids]
    commands = {
        **{f"simcse {precision}": [*BENCHMARKS, "peer", str(folder / precision), texts] for precision in ("fp32", "int8", "int8-stable")},
        "ONNX Runtime, standard graph, padded to the longest": [*BENCHMARKS, "standard", standard, ids, "0"],
        "ONNX Runtime, standard graph, padded to 128": [*BENCHMARKS, "standard", standard, ids, "128"],
        "transformers.js (onnxruntime-node)": ["node", str(HERE / "transformers.mjs"), str(folder), ids],
        "PyTorch float32": [*torch, "float32"],
        "PyTorch bfloat16": [*torch, "bfloat16"],
    }
    started = []
    for name, command in commands.items():
        try:
            started.append(Worker(name, command))
            started[-1].run()  # warm
        except (OSError, RuntimeError) as e:
            started = [worker for worker in started if worker.name != name]
            print(f"left out: {name}: {e}", file=sys.stderr)
    return started


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("sentences")
    parser.add_argument("--texts", type=int, default=192)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--prepared", help="folder to prepare once and to use again")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    arguments.model = str(pathlib.Path(arguments.model).resolve())
    folder = pathlib.Path(arguments.prepared or tempfile.mkdtemp(prefix="simcse-peers-")).resolve()
    folder.mkdir(exist_ok=True)
    if not (folder / "config.json").exists():
        prepare(arguments, folder)
    ids = json.loads((folder / "ids.json").read_text())
    peers = workers(arguments, folder)
    for _ in range(arguments.rounds):
        for peer in peers:
            peer.seconds.append(peer.run())
    for peer in peers:
        peer.close()
    if not arguments.prepared:
        shutil.rmtree(folder)

    own = statistics.median(peers[0].seconds)
    rows = [(peer.name, peer.version, len(ids) / statistics.median(peer.seconds), own / statistics.median(peer.seconds)) for peer in peers]
    if arguments.json:
        print(json.dumps([dict(zip(("peer", "version", "textsPerSecond", "timesOurFp32"), row)) for row in rows], ensure_ascii=False))
        return
    print(f"{len(ids)} texts, {sum(map(len, ids)) / len(ids):.1f} tokens on average, medians of {arguments.rounds} rounds")
    print("| what | version | texts/s | × our fp32 |\n|---|---|---|---|")
    for name, version, rate, ratio in rows:
        print(f"| {name} | {version} | {rate:.1f} | {ratio:.2f} |")


if __name__ == "__main__":
    main()
