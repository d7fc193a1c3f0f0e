using System.Diagnostics;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using SimCse.Inference;
using SimCse.Models.Onnx;
using SimCse.Models.Untrained;

namespace SimCse.Benchmarks.Gpu;

/// <summary>
/// The products of a BERT layer in float16 alone, one after the other in the GPU's memory: no graph of such products can be faster.
/// </summary>
internal static class GpuProducts
{
    /// <param name="manifest">The model's shape.</param>
    /// <param name="tokens">The rows of a product.</param>
    /// <param name="folder">For the graph.</param>
    /// <param name="duration">The duration of the measurement.</param>
    /// <returns>Floating-point operations per second.</returns>
    public static double Measure(BundleManifest manifest, int tokens, string folder, TimeSpan duration)
    {
        var (hidden, inner) = (manifest.HiddenSize, manifest.IntermediateSize ?? 4 * manifest.HiddenSize);
        (int Rows, int Columns, int Count)[] shapes = [(hidden, hidden, 4), (hidden, inner, 1), (inner, hidden, 1)];
        return shapes.Sum(Operations) / shapes.Sum(shape => Operations(shape) / Rate(shape.Rows, shape.Columns));

        double Operations((int Rows, int Columns, int Count) shape) => 2.0 * shape.Rows * shape.Columns * shape.Count;

        double Rate(int rows, int columns)
        {
            var path = Path.Combine(folder, $"product-{rows}x{columns}.onnx");
            using (var graph = new OnnxGraph(dataPath: null))
            {
                graph.Input("x", TensorProto.Types.DataType.Float16, "tokens", $"{rows}");
                graph.Node("MatMul", "y", ["x", graph.HalfWeight("w", new SeededNormal(1).Next(rows * columns), rows, columns)]);
                graph.Output("y", TensorProto.Types.DataType.Float16, "tokens", $"{columns}");
                graph.Save(path);
            }

            using var options = GpuGraph.Options();
            using var session = new InferenceSession(path, options);
            using var allocator = GpuDevice.Allocator(session, OrtMemoryInfo.allocatorCUDA, OrtMemType.Default);
            using var y = OrtValue.CreateAllocatedTensorValue(allocator, TensorElementType.Float16, [tokens, columns]);
            var values = new SeededNormal(2).Next(tokens * rows).Select(value => (Float16)value).ToArray();
            using var input = OrtValue.CreateTensorValueFromMemory(values, [tokens, rows]);
            using var binding = session.CreateIoBinding();
            binding.BindInput("x", input); // copied to the GPU here, once
            binding.SynchronizeBoundInputs();
            binding.BindOutput("y", y);
            using var run = new RunOptions();
            run.AddRunConfigEntry("disable_synchronize_execution_providers", "1");
            for (var i = 0; i < 3; i++)
            {
                session.RunWithBinding(run, binding);
            }

            binding.SynchronizeBoundOutputs();
            var (watch, runs) = (Stopwatch.StartNew(), 0);
            do
            {
                for (var i = 0; i < (GpuDevice.IsThere ? 50 : 1); i++, runs++)
                {
                    session.RunWithBinding(run, binding);
                }

                binding.SynchronizeBoundOutputs();
            }
            while (watch.Elapsed < duration / shapes.Length);
            return runs * 2.0 * tokens * rows * columns / watch.Elapsed.TotalSeconds;
        }
    }
}
