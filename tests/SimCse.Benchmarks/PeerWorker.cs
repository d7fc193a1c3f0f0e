using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Microsoft.ML.OnnxRuntime;
using SimCse.Inference;

namespace SimCse.Benchmarks;

/// <summary>
/// Workers of <c>tests/peers/peers.py</c>: each line of standard input is answered with the seconds that encoding everything took.
/// <c>peer BUNDLE TEXTS</c> is our encoder; <c>standard GRAPH IDS.json LENGTH</c> the standard graph in the same runtime, optimised by it, batches
/// of 32, longest first, padded to LENGTH or, if that is 0, to the longest.
/// </summary>
internal static class PeerWorker
{
    private const int BatchSize = 32;

    private static readonly string[] Inputs = ["input_ids", "attention_mask", "token_type_ids"];
    private static readonly string[] Outputs = ["sentence_embedding"];

    public static async Task<int> EncodeAsync(string bundle, string file)
    {
        var texts = await File.ReadAllLinesAsync(file);
        using var encoder = SentenceEncoder.Load(Bundle.Open(bundle));
        return await AnswerAsync(typeof(SentenceEncoder).Assembly.GetName().Version!.ToString(3), () => encoder.EncodeAsync(texts));
    }

    public static async Task<int> RunStandardAsync(string graph, string idsFile, int padding)
    {
        var sequences = JsonSerializer.Deserialize<int[][]>(await File.ReadAllBytesAsync(idsFile))!.OrderByDescending(ids => ids.Length).ToArray();
        using var options = new SessionOptions { IntraOpNumThreads = Environment.ProcessorCount };
        using var session = new InferenceSession(graph, options);
        return await AnswerAsync(OrtEnv.Instance().GetVersionString(), () =>
        {
            foreach (var batch in sequences.Chunk(BatchSize))
            {
                Run(session, batch, padding > 0 ? padding : batch[0].Length);
            }

            return Task.CompletedTask;
        });
    }

    private static void Run(InferenceSession session, int[][] batch, int length)
    {
        using var run = new RunOptions();
        using var ids = Tensor((row, i) => i < row.Length ? row[i] : 0);
        using var mask = Tensor((row, i) => i < row.Length ? 1 : 0);
        using var types = Tensor((_, _) => 0);
        session.Run(run, Inputs, [ids, mask, types], Outputs).Dispose();

        OrtValue Tensor(Func<int[], int, long> value) => OrtValue.CreateTensorValueFromMemory(
            batch.SelectMany(row => Enumerable.Range(0, length).Select(i => value(row, i))).ToArray(), [batch.Length, length]);
    }

    private static async Task<int> AnswerAsync(string version, Func<Task> work)
    {
        Console.WriteLine(version);
        while (await Console.In.ReadLineAsync() is not null)
        {
            var watch = Stopwatch.StartNew();
            await work();
            Console.WriteLine(watch.Elapsed.TotalSeconds.ToString("R", CultureInfo.InvariantCulture));
        }

        return 0;
    }
}
