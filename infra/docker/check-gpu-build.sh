#!/usr/bin/env bash
# Builds the app with ONNX Runtime for CUDA (245 MB to download, hence no test) and looks at it on a machine without a GPU:
#   infra/docker/check-gpu-build.sh BUNDLE          `simcse model demo -o DIR` makes one, in DIR/bundle
# - restore, build and publish give no warning, and every package is of the version that Directory.Packages.props names;
# - the image has every library of NVIDIA's that the provider is linked to, and the provider a kernel for every operator of an fp16 graph;
# - with Inference__Device=auto the app starts on CPU with a warning, with cuda it fails and says what to do.
# Needs readelf and strings (binutils), and curl.
set -euo pipefail
bundle=$(cd "$1" && pwd)
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
work=$(mktemp -d)
pid=
trap '[ -z "$pid" ] || kill "$pid" 2>/dev/null; rm -rf "$work"' EXIT
fail() { echo "FAILED: $*" >&2; exit 1; }

version=$(sed -n 's/.*"Microsoft.ML.OnnxRuntime.Gpu.Linux" Version="\([^"]*\)".*/\1/p' Directory.Packages.props)
echo "== publish with Microsoft.ML.OnnxRuntime.Gpu.Linux $version"
dotnet publish src/SimCse.Functions -c Release -p:OnnxRuntime=gpu --artifacts-path "$work/artifacts" -o "$work/app" >"$work/publish.log" || { cat "$work/publish.log"; exit 1; }
! grep -E 'warning|error' "$work/publish.log" || fail "the build is not silent"
grep -q "\"Microsoft.ML.OnnxRuntime.Gpu.Linux/$version\"" "$work/app/SimCse.Functions.deps.json" || fail "another version was published"
! grep -q '"Microsoft.ML.OnnxRuntime/' "$work/app/SimCse.Functions.deps.json" || fail "the package for CPU was published too"
native=$(dirname "$(find "$work/app" -name libonnxruntime_providers_cuda.so)")
du -sh "$work/app" | cut -f1

echo "== what libonnxruntime_providers_cuda.so is linked to"
provider="$native/libonnxruntime_providers_cuda.so"
for library in $(readelf -d "$provider" | sed -n 's/.*NEEDED.*\[\(libcu[^]]*\)\]/\1/p'); do
  [ "$library" = libcuda.so.1 ] && { echo "$library: the driver's, from the machine"; continue; }
  grep -q "/$library\* /opt/cuda/lib/" infra/docker/Dockerfile.gpu || fail "Dockerfile.gpu does not copy $library"
  echo "$library: copied"
done

# Type names of the kernels' classes, as g++ writes them: N11onnxruntime4cuda6MatMulINS_9MLFloat16EEE is cuda::MatMul<MLFloat16>.
echo "== kernels of an fp16 graph"
strings -a -n 8 "$provider" >"$work/strings"
grep -E '^N11onnxruntime(7contrib)?4cuda' "$work/strings" >"$work/kernels"
half='INS_9MLFloat16E'
for kernel in "4cuda6MatMul$half" "4cuda3Add$half" "4cuda9LayerNorm${half}fS2_Lb0" "4cuda4Gelu$half" "8BiasGelu" "8FastGelu$half" "4cuda4Relu$half" \
  "4cuda4Cast$half" "18MultiHeadAttention${half}S3_" 4cuda5Slice 4cuda6Gather; do
  grep -q "$kernel" "$work/kernels" || fail "no kernel $kernel"
done
! grep -qE 'DynamicQuantizeMatMul|MatMulIntegerToFloat' "$work/kernels" || fail "there are kernels for int8 now: docs/deploy.md says there are none"
grep -qx use_tf32 "$work/strings" || fail "the provider has no option use_tf32, which EncoderSession sets"
echo "all there; none for 8-bit products"

start() { # DEVICE: leaves the answers of /health/ready and /info, and the log, once the model is loaded or has failed
  local port=$((20000 + RANDOM % 20000))
  (cd "$work/app" && exec env -i PATH="$PATH" TMPDIR="$work" FUNCTIONS_WORKER_RUNTIME=custom FUNCTIONS_CUSTOMHANDLER_PORT="$port" \
    AzureWebJobsStorage='UseDevelopmentStorage=true' Model__Bundle="$bundle" Inference__Device="$1" dotnet SimCse.Functions.dll) >"$work/log" 2>&1 &
  pid=$!
  curl -s --retry 60 --retry-delay 1 --retry-all-errors "http://127.0.0.1:$port/health/live" >/dev/null
  until curl -s "http://127.0.0.1:$port/health/ready" >"$work/ready" && ! grep -q '"loading"' "$work/ready"; do sleep 0.2; done
  curl -s "http://127.0.0.1:$port/info" >"$work/info"
  kill "$pid"
  wait "$pid" || true
  pid=
}

echo "== Inference__Device=auto"
start auto
grep -q '"device":"cpu"' "$work/info" || fail "/info: $(cat "$work/info")"
grep 'warn.*No GPU is used' "$work/log" || fail "no warning: $(cat "$work/log")"

echo "== Inference__Device=cuda"
start cuda
grep -q '"status":"failed"' "$work/ready" || fail "/health/ready: $(cat "$work/ready")"
grep -q 'CUDA needs an NVIDIA GPU' "$work/ready" || fail "it does not say what to do: $(cat "$work/ready")"
grep -o '"reason":.*' "$work/ready"
grep -o 'libcu[a-zA-Z]*\.so[^:]*: cannot open shared object file' "$work/log" || true
echo "== passed"
