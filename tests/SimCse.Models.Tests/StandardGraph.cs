using Microsoft.ML.OnnxRuntime;
using SimCse.Testing;

namespace SimCse.Models.Tests;

/// <summary>The standard form of a model folder's graph, run as any other runtime would: padded, masked, optimised.</summary>
internal sealed class StandardGraph : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly InferenceSession _session;

    public StandardGraph(string modelFolder)
    {
        var config = ModelImporter.ReadConfig(Path.Combine(modelFolder, "config.json"));
        ModelImporter.WriteStandardGraph(modelFolder, _folder["model.onnx"], config);
        _session = new InferenceSession(_folder["model.onnx"]);
    }

    public IEnumerable<string> Inputs => _session.InputNames;

    public IEnumerable<string> Outputs => _session.OutputNames;

    /// <summary>Pads rows of any lengths on the right.</summary>
    public (float[][] SentenceEmbedding, float[] LastHiddenState) Run(params int[][] rows)
    {
        var length = rows.Max(row => row.Length);
        using var options = new RunOptions();
        using var ids = Tensor(rows.Select(row => row.Select(id => (long)id)), length);
        using var mask = Tensor(rows.Select(row => row.Select(_ => 1L)), length);
        using var types = Tensor(rows.Select(_ => Enumerable.Empty<long>()), length);
        using var outputs = _session.Run(
            options, ["input_ids", "attention_mask", "token_type_ids"], [ids, mask, types], ["sentence_embedding", "last_hidden_state"]);
        var values = outputs[0].GetTensorDataAsSpan<float>().ToArray();
        return ([.. values.Chunk(values.Length / rows.Length)], outputs[1].GetTensorDataAsSpan<float>().ToArray());
    }

    public void Dispose()
    {
        _session.Dispose();
        _folder.Dispose();
    }

    private static OrtValue Tensor(IEnumerable<IEnumerable<long>> rows, int length)
    {
        var padded = rows.Select(row => row.Concat(Enumerable.Repeat(0L, length)).Take(length).ToArray()).ToArray();
        return OrtValue.CreateTensorValueFromMemory(padded.SelectMany(row => row).ToArray(), [padded.Length, length]);
    }
}
