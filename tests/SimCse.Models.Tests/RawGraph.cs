using Microsoft.ML.OnnxRuntime;
using SimCse.Inference;
using SimCse.Models.Graphs;
using SimCse.Testing;

namespace SimCse.Models.Tests;

/// <summary>A graph of a model folder, run on ids as it is: no tokenizer, no batching of ours.</summary>
internal sealed class RawGraph : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly InferenceSession _session;

    public RawGraph(string modelFolder, LinearNodes? linears = null)
    {
        var config = ModelImporter.ReadConfig(Path.Combine(modelFolder, "config.json"));
        ModelImporter.WriteGraph(modelFolder, _folder.Path, config, linears);
        using var options = new SessionOptions { GraphOptimizationLevel = GraphOptimizationLevel.ORT_DISABLE_ALL };
        _session = new InferenceSession(_folder["model.onnx"], options);
    }

    /// <summary>One vector a row; all rows must have one length.</summary>
    public float[][] Run(params int[][] rows) => Run(rows, promptLengths: null);

    /// <summary>The same, of a graph that leaves out so many positions of each row.</summary>
    public float[][] Run(int[][] rows, int[]? promptLengths)
    {
        using var options = new RunOptions();
        using var ids = OrtValue.CreateTensorValueFromMemory(rows.SelectMany(row => row).ToArray(), [rows.Length, rows[0].Length]);
        using var prompts = promptLengths is null ? null : OrtValue.CreateTensorValueFromMemory(promptLengths, [rows.Length]);
        using var outputs = prompts is null
            ? _session.Run(options, [GraphNames.InputIds], [ids], [GraphNames.SentenceEmbedding])
            : _session.Run(options, [GraphNames.InputIds, GraphNames.PromptLength], [ids, prompts], [GraphNames.SentenceEmbedding]);
        var values = outputs[0].GetTensorDataAsSpan<float>().ToArray();
        return [.. values.Chunk(values.Length / rows.Length)];
    }

    public void Dispose()
    {
        _session.Dispose();
        _folder.Dispose();
    }
}
