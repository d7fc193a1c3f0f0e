using Microsoft.ML.OnnxRuntime;
using SimCse.Inference.Operators;

namespace SimCse.Inference.Internals;

/// <summary>
/// The ONNX Runtime session. Several threads may run it at once, each with its own buffers. Dispose of it after the last run.
/// </summary>
internal sealed class EncoderSession : IDisposable
{
    private static readonly string[] Inputs = [GraphNames.InputIds];
    private static readonly string[] InputsWithPrompt = [GraphNames.InputIds, GraphNames.PromptLength];
    private static readonly string[] Outputs = [GraphNames.SentenceEmbedding];

    /// <summary>
    /// Keeps float32 exact: by default the provider multiplies it as TF32 on an A100, with ten bits of mantissa like float16. Keeps the
    /// sums of SkipLayerNormalization in float32, which costs no time. Takes every attention kernel but cuDNN's (8), which is compiled
    /// anew, in each thread, for each length and number of texts (docs/gpu.md). The options:
    /// https://onnxruntime.ai/docs/execution-providers/CUDA-ExecutionProvider.html
    /// </summary>
    internal static readonly Dictionary<string, string> CudaOptions = new()
    {
        ["device_id"] = "0",
        ["use_tf32"] = "0",
        ["enable_skip_layer_norm_strict_mode"] = "1",
        ["sdpa_kernel"] = "247",
    };

    private readonly int _dimension;
    private readonly bool _poolsWithoutPrompt;
    private readonly InferenceSession _session;

    /// <summary>Loads the bundle's graph on <paramref name="device"/>, which is CPU or CUDA.</summary>
    /// <exception cref="InvalidDataException">The graph does not load, or does not fit the bundle.</exception>
    /// <exception cref="OnnxRuntimeException">CUDA's libraries are missing.</exception>
    public EncoderSession(Bundle bundle, BatchingPlan plan, InferenceDevice device)
    {
        (_dimension, _poolsWithoutPrompt) = (bundle.Model.Dimension, bundle.Manifest.PoolsWithoutPrompt);
        using var session = new SessionOptions
        {
            IntraOpNumThreads = plan.ThreadsPerLane,
            InterOpNumThreads = 1,
            ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,

            // The graph is written the way it runs fastest; the optimiser would fuse Add + LayerNormalization into a slower kernel.
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_DISABLE_ALL,

            // Every length is a shape of its own: plans for each would pile up. The arena stays (1.7 times as fast as without);
            // the token budget bounds it, and batches come longest first, so that it takes its final size at once.
            EnableMemoryPattern = false,
            EnableCpuMemArena = true,
        };

        // Threads do not spin between runs, because tokenising and writing need the cores.
        session.AddSessionConfigEntry("session.force_spinning_stop", "1");
        if (device == InferenceDevice.Cuda)
        {
            using var cuda = new OrtCUDAProviderOptions();
            cuda.UpdateOptions(CudaOptions);
            session.AppendExecutionProvider_CUDA(cuda);

            // It warns that shapes are computed on the CPU, which is right.
            session.LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR;
        }
        else
        {
            EncoderOperators.AddTo(session);
        }

        try
        {
            _session = new InferenceSession(bundle.GraphPath, session);
        }
        catch (OnnxRuntimeException e)
        {
            throw new InvalidDataException($"{bundle.GraphPath} does not load: {e.Message}", e);
        }

        CheckOutput(bundle);
    }

    /// <summary>Runs sequences of equal length and copies each vector to its sequence's place in the vectors of its call.</summary>
    /// <param name="rows">The sequences, at least one.</param>
    /// <param name="length">The number of ids in each sequence.</param>
    /// <param name="buffers">Buffers that no other run uses at the same time.</param>
    public void Run(List<BatchRow> rows, int length, LaneBuffers buffers)
    {
        var (ids, vectors) = (buffers.Ids(rows.Count * length), buffers.Vectors(rows.Count * _dimension));
        for (var i = 0; i < rows.Count; i++)
        {
            rows[i].Call.Sequences[rows[i].Sequence].CopyTo(ids.Span[(i * length)..]);
        }

        using var input = OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, ids, [rows.Count, length]);
        using var output = OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, vectors, [rows.Count, _dimension]);
        if (_poolsWithoutPrompt)
        {
            using var prompts = PromptLengths(rows, buffers);
            _session.Run(buffers.Options, InputsWithPrompt, [input, prompts], Outputs, [output]);
        }
        else
        {
            _session.Run(buffers.Options, Inputs, [input], Outputs, [output]);
        }

        for (var i = 0; i < rows.Count; i++)
        {
            vectors.Span.Slice(i * _dimension, _dimension).CopyTo(rows[i].Call.Vectors.AsSpan(rows[i].Sequence * _dimension));
        }
    }

    public void Dispose() => _session.Dispose();

    private static OrtValue PromptLengths(List<BatchRow> rows, LaneBuffers buffers)
    {
        var lengths = buffers.PromptLengths(rows.Count);
        for (var i = 0; i < rows.Count; i++)
        {
            lengths.Span[i] = rows[i].Call.Sequences.PromptLength;
        }

        return OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, lengths, [rows.Count]);
    }

    private void CheckOutput(Bundle bundle)
    {
        var expected = _poolsWithoutPrompt ? InputsWithPrompt : Inputs;
        var shape = _session.OutputMetadata.TryGetValue(GraphNames.SentenceEmbedding, out var output) ? output.Dimensions : [];
        if (!expected.ToHashSet().SetEquals(_session.InputNames) || shape is not [_, var dimension] || dimension != _dimension)
        {
            Dispose();
            throw new InvalidDataException(
                $"{bundle.GraphPath} takes [{string.Join(", ", _session.InputNames)}] and gives [{string.Join(", ", shape)}]; " +
                $"expected {string.Join(", ", expected)} and [batch, {_dimension}]. Import the model again.");
        }
    }
}
