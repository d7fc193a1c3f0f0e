#!/usr/bin/env bash
# Runs what pack.sh packed, on the machine with the GPU: run.sh PIECES OUTPUT. OUTPUT gets results.json, with everything, and the log.
# CUDA 13 and cuDNN 9 come from LD_LIBRARY_PATH, or from where Python's packages keep them; the peer needs sentence-transformers there.
set -euo pipefail
pieces=$(realpath "$1") output=$(realpath -m "$2")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$output" "$work/files"
cat "$pieces"/piece.* | tar -C "$work" -xJ

libraries=$(python3 - <<'PYTHON'
import pathlib, site, sys
folders = {str(pathlib.Path(found).parent) for root in {*site.getsitepackages(), *sys.path} if root
           for name in ("libcudart.so.13", "libcublas.so.13", "libcublasLt.so.13", "libcurand.so.10", "libcudnn.so.9", "libnvrtc.so.13", "libcufft.so.12")
           for found in pathlib.Path(root).glob(f"nvidia/**/{name}")}
print(":".join(sorted(folders)))
PYTHON
)
export LD_LIBRARY_PATH="$work/gpu/app:$libraries${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
{ nvidia-smi || true; nproc; grep -m1 'model name' /proc/cpuinfo; free -g; echo "$LD_LIBRARY_PATH"; } >"$output/machine.txt" 2>&1

status=0
"$work/gpu/app/SimCse.Benchmarks.Gpu" measure "$work/gpu" "$work/files" "$output/ours.json" 2>&1 | tee "$output/log.txt" || status=1
env -u LD_LIBRARY_PATH python3 "$work/gpu/sentence_transformers_peer.py" "$work/files" "$output/peer.json" 2>&1 | tee -a "$output/log.txt" || status=1
python3 - "$output" <<'PYTHON'
import json, pathlib, sys
output = pathlib.Path(sys.argv[1])
read = lambda name: json.loads((output / name).read_text()) if (output / name).exists() else None
results = {"machine": (output / "machine.txt").read_text(), "ours": read("ours.json"), "sentence-transformers": read("peer.json")}
(output / "results.json").write_text(json.dumps(results, indent=2))
PYTHON
exit $status
