using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using Microsoft.ML.OnnxRuntime;
using SimCse.Inference;
using SimCse.Models.Measurement;

namespace SimCse.Benchmarks;

/// <summary>
/// Workers of <c>tests/peers/peers.py</c>. Each line of standard input, <c>SET [VECTORS]</c>, is answered with the seconds that encoding
/// the set took and its number of texts. If VECTORS names a file, it gets the vectors as float32 in the order of the texts. <c>peer BUNDLE
/// FOLDER</c> is our encoder on FOLDER/SET.txt. <c>standard GRAPH FOLDER LENGTH</c> is the standard graph in the same runtime, optimised by
/// it, on FOLDER/SET.json, in batches of 32, longest first, padded to LENGTH or, if that is 0, to the longest.
/// </summary>
internal static class PeerWorker
{
    private const int BatchSize = 32;

    private static readonly string[] Inputs = ["input_ids", "attention_mask", "token_type_ids"];
    private static readonly string[] Outputs = ["sentence_embedding"];

    public static async Task<int> EncodeAsync(string bundle, string folder)
    {
        using var encoder = SentenceEncoder.Load(Bundle.Open(bundle));
        return await AnswerAsync(typeof(SentenceEncoder).Assembly.GetName().Version!.ToString(3), async set =>
        {
            var texts = await File.ReadAllLinesAsync(Path.Combine(folder, $"{set}.txt"));
            var watch = Stopwatch.StartNew();
            var encoded = await encoder.EncodeAsync(texts);
            return (watch.Elapsed, texts.Length, encoded.Vectors);
        });
    }

    public static async Task<int> RunStandardAsync(string graph, string folder, int padding)
    {
        using var options = new SessionOptions { IntraOpNumThreads = Environment.ProcessorCount };
        using var session = new InferenceSession(graph, options);
        return await AnswerAsync(OrtEnv.Instance().GetVersionString(), async set =>
        {
            var sequences = JsonSerializer.Deserialize<int[][]>(await File.ReadAllBytesAsync(Path.Combine(folder, $"{set}.json")))!;
            sequences = padding > 0 ? sequences[..Math.Min(BatchSize, sequences.Length)] : sequences; // all batches have the same shape
            var watch = Stopwatch.StartNew();
            var vectors = new float[sequences.Length][];
            foreach (var batch in Enumerable.Range(0, sequences.Length).OrderByDescending(
                index => sequences[index].Length).Chunk(BatchSize))
            {
                var length = padding > 0 ? padding : sequences[batch[0]].Length;
                foreach (var (index, vector) in batch.Zip(Run(session, [.. batch.Select(index => sequences[index])], length)))
                {
                    vectors[index] = vector;
                }
            }

            return (watch.Elapsed, sequences.Length, vectors.SelectMany(vector => vector).ToArray());
        });
    }

    /// <summary>Writes different texts of exactly this many tokens, one per line: <c>texts BUNDLE TOKENS COUNT</c>.</summary>
    public static int WriteTexts(string bundle, int tokens, int count)
    {
        using var encoder = SentenceEncoder.Load(Bundle.Open(bundle));
        Array.ForEach(TextsOfLength.Create(encoder.Tokenizer, tokens, count), Console.WriteLine);
        return 0;
    }

    private static float[][] Run(InferenceSession session, int[][] batch, int length)
    {
        using var run = new RunOptions();
        using var ids = Tensor((row, i) => i < row.Length ? row[i] : 0);
        using var mask = Tensor((row, i) => i < row.Length ? 1 : 0);
        using var types = Tensor((_, _) => 0);
        using var outputs = session.Run(run, Inputs, [ids, mask, types], Outputs);
        var values = outputs[0].GetTensorDataAsSpan<float>().ToArray();
        return [.. values.Chunk(values.Length / batch.Length)];

        OrtValue Tensor(Func<int[], int, long> value) => OrtValue.CreateTensorValueFromMemory(
            batch.SelectMany(row => Enumerable.Range(0, length).Select(i => value(row, i))).ToArray(), [batch.Length, length]);
    }

    private static async Task<int> AnswerAsync(string version, Func<string, Task<(TimeSpan Elapsed, int Texts, float[] Vectors)>> encode)
    {
        Console.WriteLine(version);
        while (await Console.In.ReadLineAsync() is { } line)
        {
            var parts = line.Split(' ');
            var (elapsed, texts, vectors) = await encode(parts[0]);
            if (parts.Length > 1)
            {
                await File.WriteAllBytesAsync(parts[1], MemoryMarshal.AsBytes(vectors.AsSpan()).ToArray());
            }

            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{elapsed.TotalSeconds:R} {texts}"));
        }

        return 0;
    }
}
