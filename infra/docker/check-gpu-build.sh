#!/usr/bin/env bash
# Builds the app with ONNX Runtime for CUDA (245 MB to download, hence no test) and looks at it on a machine without a GPU:
#   infra/docker/check-gpu-build.sh BUNDLE          `simcse model demo -o DIR` makes one, in DIR/bundle
# - restore, build and publish give no warning, and every package is of the version that Directory.Packages.props names;
# - the image has every library of NVIDIA's that the provider is linked to, and the provider a kernel for every operator of an fp16 graph;
# - the published folder is an isolated worker's, and under `simcse up` it starts: with Inference__Device=auto on CPU, with a warning; with cuda it
#   fails and says what to do.
# Needs readelf and strings (binutils), curl, and Node.js for Azurite.
set -euo pipefail
bundle=$(cd "$1" && pwd)
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
work=$(mktemp -d)
pid=
trap 'stop; rm -rf "$work"' EXIT
fail() { echo "FAILED: $*" >&2; exit 1; }
stop() { # `simcse up`, and waits until it has stopped what it started
  [ -z "$pid" ] || { kill "$pid" 2>/dev/null; wait "$pid"; } || true
  pid=
}

version=$(sed -n 's/.*"Microsoft.ML.OnnxRuntime.Gpu.Linux" Version="\([^"]*\)".*/\1/p' Directory.Packages.props)
echo "== publish with Microsoft.ML.OnnxRuntime.Gpu.Linux $version"
dotnet publish src/SimCse.Functions -c Release -p:OnnxRuntime=gpu --artifacts-path "$work/artifacts" -o "$work/app" >"$work/publish.log" || { cat "$work/publish.log"; exit 1; }
! grep -E 'warning|error' "$work/publish.log" || fail "the build is not silent"
grep -q "\"Microsoft.ML.OnnxRuntime.Gpu.Linux/$version\"" "$work/app/SimCse.Functions.deps.json" || fail "another version was published"
! grep -q '"Microsoft.ML.OnnxRuntime/' "$work/app/SimCse.Functions.deps.json" || fail "the package for CPU was published too"
for file in host.json functions.metadata worker.config.json extensions.json .azurefunctions/function.deps.json; do
  [ -f "$work/app/$file" ] || fail "$file is missing in the published folder"
done
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
for kernel in "4cuda6MatMul$half" "4cuda3Add$half" "4cuda9LayerNorm${half}fS2_Lb0" "4cuda13SkipLayerNorm$half" "4cuda4Gelu$half" "8BiasGelu" "8FastGelu$half" "4cuda4Relu$half" \
  "4cuda4Cast$half" "18MultiHeadAttention${half}S3_" 4cuda5Slice 4cuda6Gather; do
  grep -q "$kernel" "$work/kernels" || fail "no kernel $kernel"
done
! grep -qE 'DynamicQuantizeMatMul|MatMulIntegerToFloat' "$work/kernels" || fail "there are kernels for int8 now: docs/deploy.md says there are none"
for option in use_tf32 enable_skip_layer_norm_strict_mode sdpa_kernel; do # which EncoderSession sets
  grep -qx "$option" "$work/strings" || fail "the provider has no option $option"
done
echo "all there; none for 8-bit products"

# A worker does nothing without a host: the local one runs the published folder. It builds for CPU, beside the app and not into its folder.
dotnet build src/SimCse.Cli -c Release >"$work/build.log" || { cat "$work/build.log"; exit 1; }

up() { # DEVICE: returns when the model is warm, with /info's answer, or fails when `simcse up` has given up; $work/data/up.log is the app's log
  local port=$((20000 + RANDOM % 20000))
  rm -rf "$work/data"
  Inference__Device="$1" env -u AzureWebJobsStorage dotnet run --no-build -c Release --project src/SimCse.Cli -- \
    up --app "$work/app" --model "$bundle" --port "$port" --data "$work/data" >"$work/out" 2>"$work/errors" &
  pid=$!
  until curl -sf "http://127.0.0.1:$port/health/ready" >"$work/ready"; do
    kill -0 "$pid" 2>/dev/null || return 1
    sleep 0.2
  done
  curl -sf "http://127.0.0.1:$port/info" >"$work/info"
}

echo "== Inference__Device=auto"
up auto || fail "it did not start: $(cat "$work/errors")"
stop
grep -q '"device":"cpu"' "$work/info" || fail "/info: $(cat "$work/info")"
grep 'warn.*No GPU is used' "$work/data/up.log" || fail "no warning: $(cat "$work/data/up.log")"

echo "== Inference__Device=cuda"
! up cuda || fail "it started without a GPU: $(cat "$work/info")"
stop
grep 'CUDA needs an NVIDIA GPU' "$work/errors" || fail "it does not say what to do: $(cat "$work/errors")"
grep -o 'libcu[a-zA-Z]*\.so[^:]*: cannot open shared object file' "$work/data/up.log" || true
echo "== passed"
