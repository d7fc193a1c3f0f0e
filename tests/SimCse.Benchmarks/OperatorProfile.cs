using System.Text.Json;
using Microsoft.ML.OnnxRuntime;
using SimCse.Inference;
using SimCse.Inference.Operators;

namespace SimCse.Benchmarks;

/// <summary>The time of one kind of operator in one batch.</summary>
/// <param name="Operator">The operator's name in ONNX or ONNX Runtime.</param>
/// <param name="Nodes">The number of such nodes in the graph.</param>
/// <param name="Time">The time of all of them together.</param>
public sealed record OperatorTime(string Operator, int Nodes, TimeSpan Time);

/// <summary>Measures the operators of a batch with ONNX Runtime's own profiler. Nothing else may run on the machine.</summary>
public static class OperatorProfile
{
    /// <summary>The event of a node's work. Other events are for fences before and after it.</summary>
    private const string KernelEvent = "_kernel_time";

    private const int WarmRuns = 2;

    /// <param name="bundle">The bundle that contains the graph.</param>
    /// <param name="threads">The number of threads of one run.</param>
    /// <param name="rows">The number of sequences in the batch.</param>
    /// <param name="length">The number of ids in each sequence, at most the model's longest.</param>
    /// <param name="runs">The number of measured runs, after two that are not measured; the result is their mean.</param>
    /// <returns>The operators, the longest time first.</returns>
    public static IReadOnlyList<OperatorTime> Measure(Bundle bundle, int threads, int rows, int length, int runs)
    {
        ArgumentNullException.ThrowIfNull(bundle);
        var folder = Directory.CreateTempSubdirectory("simcse-profile-");
        try
        {
            using var options = Options(threads);
            using var profile = JsonDocument.Parse(File.ReadAllText(Run(
                Path.Combine(bundle.Folder, bundle.Manifest.Graph), options, bundle.Manifest.VocabularySize, rows, length, runs,
                folder.FullName)));
            return Sum(profile.RootElement);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>Runs a graph with a profiler, whose file also contains the warm-up runs.</summary>
    /// <returns>The path of the profile.</returns>
    internal static string Run(string graph, SessionOptions options, int vocabulary, int rows, int length, int runs, string folder)
    {
        options.ProfileOutputPathPrefix = Path.Combine(folder, "profile"); // read when profiling is switched on
        options.EnableProfiling = true;
        EncoderOperators.AddTo(options);
        using var session = new InferenceSession(graph, options);
        using var run = new RunOptions();
        var random = new Random(1);
        var ids = Enumerable.Range(0, rows * length).Select(_ => random.Next(vocabulary)).ToArray();
        using var input = OrtValue.CreateTensorValueFromMemory(ids, [rows, length]);
        for (var i = 0; i < WarmRuns + runs; i++)
        {
            using var outputs = session.Run(run, [GraphNames.InputIds], [input], [GraphNames.SentenceEmbedding]);
        }

        return session.EndProfiling();
    }

    /// <summary>The options of <see cref="SentenceEncoder"/>'s session.</summary>
    private static SessionOptions Options(int threads) => new()
    {
        IntraOpNumThreads = threads,
        InterOpNumThreads = 1,
        GraphOptimizationLevel = GraphOptimizationLevel.ORT_DISABLE_ALL,
        EnableMemoryPattern = false,
    };

    internal static List<OperatorTime> Sum(JsonElement events)
    {
        var nodes = events.EnumerateArray()
            .Where(item => item.GetProperty("name").GetString()!.EndsWith(KernelEvent, StringComparison.Ordinal))
            .GroupBy(item => item.GetProperty("name").GetString()!, StringComparer.Ordinal)
            .Select(node => (
                Operator: node.First().GetProperty("args").GetProperty("op_name").GetString()!,
                Microseconds: node.Skip(WarmRuns).Average(item => item.GetProperty("dur").GetDouble())));
        return [.. nodes
            .GroupBy(node => node.Operator, StringComparer.Ordinal)
            .Select(group => new OperatorTime(group.Key, group.Count(), TimeSpan.FromMicroseconds(group.Sum(node => node.Microseconds))))
            .OrderByDescending(item => item.Time)];
    }
}
