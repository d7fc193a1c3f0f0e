using Microsoft.ML.OnnxRuntime;
using SimCse.Inference;
using SimCse.Inference.Operators;

namespace SimCse.Models.Quantisation;

/// <summary>Runs a new graph in the same way as the encoder will: without optimisation, in batches of equal length.</summary>
internal sealed class GraphRunner : IDisposable
{
    /// <summary>As many as in the encoder's batches.</summary>
    private const int MaxTokensPerBatch = 512;

    private readonly InferenceSession _session;
    private readonly RunOptions _run = new();

    public GraphRunner(string path)
    {
        using var options = new SessionOptions
        {
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_DISABLE_ALL,
            EnableMemoryPattern = false,
        };
        EncoderOperators.AddTo(options);
        _session = new InferenceSession(path, options);
    }

    /// <summary>One vector for each sequence, in their order.</summary>
    public float[][] Encode(IReadOnlyList<int[]> sequences)
    {
        var vectors = new float[sequences.Count][];
        foreach (var batch in Batches(sequences))
        {
            using var outputs = Run(batch.Select(index => sequences[index]).ToArray(), [GraphNames.SentenceEmbedding]);
            var values = outputs[0].GetTensorDataAsSpan<float>();
            var dimension = values.Length / batch.Length;
            for (var row = 0; row < batch.Length; row++)
            {
                vectors[batch[row]] = values.Slice(row * dimension, dimension).ToArray();
            }
        }

        return vectors;
    }

    /// <summary>The mean of each of some scalar outputs over the batches.</summary>
    public double[] Means(IReadOnlyList<int[]> sequences, IReadOnlyList<string> outputNames)
    {
        var (sums, batches) = (new double[outputNames.Count], 0);
        Visit(sequences, outputNames, outputs =>
        {
            batches++;
            for (var i = 0; i < sums.Length; i++)
            {
                sums[i] += outputs[i].GetTensorDataAsSpan<float>()[0];
            }
        });
        return [.. sums.Select(sum => sum / batches)];
    }

    /// <summary>Shows some outputs of each batch.</summary>
    public void Visit(IReadOnlyList<int[]> sequences, IReadOnlyList<string> outputNames, Action<IReadOnlyList<OrtValue>> visit)
    {
        foreach (var batch in Batches(sequences))
        {
            using var outputs = Run(batch.Select(index => sequences[index]).ToArray(), outputNames);
            visit([.. outputs]);
        }
    }

    public void Dispose()
    {
        _run.Dispose();
        _session.Dispose();
    }

    private static IEnumerable<int[]> Batches(IReadOnlyList<int[]> sequences) => Enumerable.Range(0, sequences.Count)
        .GroupBy(index => sequences[index].Length)
        .SelectMany(group => group.Chunk(Math.Max(1, MaxTokensPerBatch / group.Key)));

    private IDisposableReadOnlyCollection<OrtValue> Run(int[][] rows, IReadOnlyList<string> outputNames)
    {
        using var ids = OrtValue.CreateTensorValueFromMemory(rows.SelectMany(row => row).ToArray(), [rows.Length, rows[0].Length]);
        if (!_session.InputMetadata.ContainsKey(GraphNames.PromptLength))
        {
            return _session.Run(_run, [GraphNames.InputIds], [ids], outputNames);
        }

        using var prompts = OrtValue.CreateTensorValueFromMemory(new int[rows.Length], [rows.Length]); // these sequences have none
        return _session.Run(_run, [GraphNames.InputIds, GraphNames.PromptLength], [ids, prompts], outputNames);
    }
}
