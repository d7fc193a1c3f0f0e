#!/usr/bin/env bash
# Packs the benchmark for a machine with an NVIDIA GPU that has neither .NET nor a network: ONNX Runtime for CUDA, .NET's runtime, ICU, the
# dictionary, sentences. Needs xz.
#   tests/SimCse.Benchmarks.Gpu/pack.sh SENTENCES DICTIONARY OUTPUT [ARCHITECTURE]
# SENTENCES is a JSTS file, DICTIONARY a folder of unidic-lite, ARCHITECTURE the GPU's (default 90: H100, H200), the only one whose kernels
# are packed. OUTPUT gets pieces of at most 40 MB; run.sh puts them together there.
set -euo pipefail
sentences=$(realpath "$1") dictionary=$(realpath "$2") output=$(realpath -m "$3") architecture=${4:-90}
cd "$(dirname "${BASH_SOURCE[0]}")"
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
benchmark="$stage/gpu/app/SimCse.Benchmarks.Gpu"

dotnet publish -c Release -r linux-x64 --self-contained -p:OnnxRuntime=gpu --artifacts-path "$stage/artifacts" -o "$stage/gpu/app"
rm -f "$stage/gpu/app/libonnxruntime_providers_tensorrt.so" "$stage"/gpu/app/*.pdb "$stage"/gpu/app/*.xml
provider="$stage/gpu/app/libonnxruntime_providers_cuda.so"
"$benchmark" prune "$provider" "$architecture" "$provider"
ldconfig -p | sed -n 's/.*=> \(.*\/libicu\(uc\|i18n\|data\)\.so\.[0-9]*\)$/\1/p' | xargs -I{} cp -L {} "$stage/gpu/app/"

mkdir "$stage/gpu/dictionary"
cp "$dictionary"/{sys.dic,matrix.bin,char.bin,unk.dic,dicrc} "$stage/gpu/dictionary/"
"$benchmark" vocabulary "$stage/gpu/dictionary" "$sentences" "$stage/gpu/tokenizer"
cp "$sentences" "$stage/gpu/sentences.json"
cp sentence_transformers_peer.py "$stage/gpu/"

rm -rf "$output" && mkdir -p "$output"
tar -C "$stage" -c gpu | xz -T0 -6 | split -b 40000000 - "$output/piece."
ls -l "$output"
