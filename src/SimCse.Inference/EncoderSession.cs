using Microsoft.ML.OnnxRuntime;

namespace SimCse.Inference;

/// <summary>The ONNX Runtime session and the buffers of one run. One run at a time; <see cref="SentenceEncoder"/> sees to it.</summary>
internal sealed class EncoderSession : IDisposable
{
    private static readonly string[] Inputs = [GraphNames.InputIds];
    private static readonly string[] Outputs = [GraphNames.SentenceEmbedding];

    private readonly int _dimension;
    private readonly InferenceSession _session;
    private readonly RunOptions _run = new();
    private readonly Lock _lock = new();
    private bool _disposed;
    private int[] _ids = [];
    private float[] _vectors = [];

    public EncoderSession(Bundle bundle, SentenceEncoderOptions options)
    {
        _dimension = bundle.Dimension;
        using var session = new SessionOptions
        {
            IntraOpNumThreads = options.EffectiveThreads,
            InterOpNumThreads = 1,
            ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,

            // The graph is written the way it runs fastest; the optimiser would fuse Add + LayerNormalization into a slower kernel.
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_DISABLE_ALL,

            // Every length is a shape of its own: plans for each would pile up. The arena stays (1.7 times as fast as without);
            // the token budget bounds it, and batches come longest first, so that it takes its final size at once.
            EnableMemoryPattern = false,
            EnableCpuMemArena = true,
        };

        // Between runs the cores belong to tokenising and writing.
        session.AddSessionConfigEntry("session.force_spinning_stop", "1");
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

    /// <summary>Runs sequences of equal length and puts each vector at its sequence's place in <paramref name="vectors"/>.</summary>
    /// <exception cref="ObjectDisposedException">The session was disposed of in the meantime.</exception>
    public void Run(TokenizedBatch batch, ReadOnlySpan<int> sequences, int length, float[] vectors)
    {
        // Never contended but by Dispose: native code must not lose its session in the middle of a run.
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, typeof(SentenceEncoder));
            RunLocked(batch, sequences, length, vectors);
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            _run.Dispose();
            _session.Dispose();
        }
    }

    private void RunLocked(TokenizedBatch batch, ReadOnlySpan<int> sequences, int length, float[] vectors)
    {
        Grow(ref _ids, sequences.Length * length);
        Grow(ref _vectors, sequences.Length * _dimension);
        for (var row = 0; row < sequences.Length; row++)
        {
            batch[sequences[row]].CopyTo(_ids.AsSpan(row * length));
        }

        using var input = OrtValue.CreateTensorValueFromMemory(
            OrtMemoryInfo.DefaultInstance, _ids.AsMemory(0, sequences.Length * length), [sequences.Length, length]);
        using var output = OrtValue.CreateTensorValueFromMemory(
            OrtMemoryInfo.DefaultInstance, _vectors.AsMemory(0, sequences.Length * _dimension), [sequences.Length, _dimension]);
        _session.Run(_run, Inputs, [input], Outputs, [output]);

        for (var row = 0; row < sequences.Length; row++)
        {
            _vectors.AsSpan(row * _dimension, _dimension).CopyTo(vectors.AsSpan(sequences[row] * _dimension));
        }
    }

    private void CheckOutput(Bundle bundle)
    {
        var shape = _session.OutputMetadata.TryGetValue(GraphNames.SentenceEmbedding, out var output) ? output.Dimensions : [];
        if (!_session.InputMetadata.ContainsKey(GraphNames.InputIds) || shape is not [_, var dimension] || dimension != _dimension)
        {
            Dispose();
            throw new InvalidDataException(
                $"{bundle.GraphPath} takes [{string.Join(", ", _session.InputNames)}] and gives [{string.Join(", ", shape)}]; " +
                $"expected {GraphNames.InputIds} and [batch, {_dimension}]. Import the model again.");
        }
    }

    private static void Grow<T>(ref T[] buffer, int length)
    {
        if (buffer.Length < length)
        {
            buffer = new T[length];
        }
    }
}
