using System.Diagnostics;
using System.IO.Compression;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using SimCse.Cli.Bench;
using SimCse.Inference;
using SimCse.Jobs.Sources;
using SimCse.Models.Untrained;
using SimCse.Testing;
using ZstdSharp;

namespace SimCse.Benchmarks;

/// <summary>
/// What reading a text costs in each format beside tokenizing and encoding it with the demo model, as medians of interleaved rounds over
/// the same sentences: <c>dotnet run -c Release --project tests/SimCse.Benchmarks -- readers FILE [TEXTS]</c>.
/// </summary>
/// <remarks>A reader reads twice: once to plan the source, and once for its texts.</remarks>
internal static class ReadersBenchmark
{
    public const int DefaultTexts = 20_000;
    private const int Rounds = 5;

    /// <summary>Enough to measure the encoder by, which takes a thousand times as long as a reader.</summary>
    private const int MaxEncoded = 2_000;

    /// <summary>As most programs write it.</summary>
    private static readonly JsonSerializerOptions Unescaped = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static async Task<int> RunAsync(string file, int count)
    {
        var folder = Directory.CreateTempSubdirectory("simcse-bench-").FullName;
        try
        {
            using var encoder = SentenceEncoder.Load(DemoModel.CreateBundle(Path.Combine(folder, "bundle")));
            string[] texts = [.. SentenceFile.Read(file).Where(text => !string.IsNullOrWhiteSpace(text)).Take(count)];
            var sources = await WriteAsync(texts, folder);
            await MeasureAsync(encoder, texts, sources);
            return 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task MeasureAsync(SentenceEncoder encoder, string[] texts, List<(string Name, byte[] Bytes)> sources)
    {
        var (plan, read) = (sources.Select(_ => new List<Cost>()).ToArray(), sources.Select(_ => new List<Cost>()).ToArray());
        var (tokenize, encode) = (new List<Cost>(), new List<Cost>());
        string[] encoded = [.. texts.Take(MaxEncoded)];
        var ids = new int[encoder.Tokenizer.MaxSequenceLength];
        for (var round = 0; round <= Rounds; round++)
        {
            for (var i = 0; i < sources.Count; i++)
            {
                await ReadAsync(sources[i].Name, sources[i].Bytes, texts.Length, plan[i], read[i]);
            }

            var start = Cost.Now();
            foreach (var text in texts)
            {
                encoder.Tokenizer.Encode(text, ids, out _);
            }

            tokenize.Add(Cost.Since(start));
            start = Cost.Now();
            await encoder.EncodeAsync(encoded);
            encode.Add(Cost.Since(start));
        }

        Console.WriteLine(
            $"{texts.Length:N0} texts, {Environment.ProcessorCount} processors; medians of {Rounds} rounds, in µs a text. " +
            $"Tokenizer, one thread: {Median(tokenize, texts.Length).Cpu:0.00} of CPU");
        var encoding = Median(encode, encoded.Length);
        Console.WriteLine(
            $"{encoder.Bundle.Model.Name} on {encoded.Length:N0} of them, tokenizing included: {encoding.Cpu:0.00} of CPU, " +
            $"{encoding.Wall:0.00} of time");
        Console.WriteLine("| format | bytes a text | plan, CPU | texts, CPU | both, CPU | both, time | of a job's CPU | of its time |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|");
        for (var i = 0; i < sources.Count; i++)
        {
            var (first, second) = (Median(plan[i], texts.Length), Median(read[i], texts.Length));
            var (cpu, wall) = (first.Cpu + second.Cpu, first.Wall + second.Wall);
            Console.WriteLine(
                $"| `{sources[i].Name[1..]}` | {(double)sources[i].Bytes.Length / texts.Length:0} | " +
                $"{first.Cpu:0.00} | {second.Cpu:0.00} | " +
                $"{cpu:0.00} | {wall:0.00} | {100 * cpu / (cpu + encoding.Cpu):0.0} % | {100 * wall / (wall + encoding.Wall):0.0} % |");
        }
    }

    private static async Task ReadAsync(string name, byte[] bytes, int texts, List<Cost> plan, List<Cost> read)
    {
        var (start, count) = (Cost.Now(), 0);
        using var stream = new MemoryStream(bytes);
        var source = await SourceFile.OpenAsync(stream, name, SourceFormat.FromName(name));
        plan.Add(Cost.Since(start));
        start = Cost.Now();
        await foreach (var record in source.ReadAsync())
        {
            count += record.Text is null ? 0 : 1;
        }

        read.Add(Cost.Since(start));
        if (count != texts)
        {
            throw new InvalidOperationException($"{name}: read {count} texts of {texts}.");
        }
    }

    /// <summary>Leaves out the first round, which warms up.</summary>
    private static Cost Median(IEnumerable<Cost> rounds, int texts) => new(
        Statistics.Median([.. rounds.Skip(1).Select(cost => cost.Wall)]) / texts,
        Statistics.Median([.. rounds.Skip(1).Select(cost => cost.Cpu)]) / texts);

    private static async Task<List<(string Name, byte[] Bytes)>> WriteAsync(string[] texts, string folder)
    {
        var ids = texts.Select((text, i) => (Id: $"id-{i + 1}", Text: text)).ToArray();
        string[] objects = [.. ids.Select(row => JsonSerializer.Serialize(new { id = row.Id, text = row.Text }, Unescaped))];
        var (csv, json) = (Path.Combine(folder, "a.csv"), Utf8($"[{string.Join(",\n", objects)}]"));
        var rows = ids.Select(row => $"{row.Id},\"{row.Text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"\n");
        await File.WriteAllTextAsync(csv, "id,text\n" + string.Concat(rows));
        var parquet = Path.Combine(folder, "a.parquet");
        await DuckDb.QueryAsync(
            $"copy (from read_csv('{csv}', header = true, all_varchar = true)) to '{parquet}' (format parquet, codec 'zstd')", default);
        var txt = Utf8(string.Join('\n', texts));
        using var zstd = new Compressor();
        return
        [
            ("a.txt", txt),
            ("a.txt.gz", Gzip(txt)),
            ("a.txt.zst", zstd.Wrap(txt).ToArray()),
            ("a.jsonl", Utf8(string.Join('\n', objects))),
            ("a.csv", await File.ReadAllBytesAsync(csv)),
            ("a.json", json),
            ("a.parquet", await File.ReadAllBytesAsync(parquet)),
        ];

        static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);
    }

    private static byte[] Gzip(byte[] bytes)
    {
        using var stream = new MemoryStream();
        using (var gzip = new GZipStream(stream, CompressionLevel.Optimal, leaveOpen: true))
        {
            gzip.Write(bytes);
        }

        return stream.ToArray();
    }

    /// <summary>Microseconds of time, and of all processors, which other programs on the machine do not lengthen.</summary>
    private readonly record struct Cost(double Wall, double Cpu)
    {
        public static Cost Now() => new(
            Stopwatch.GetElapsedTime(0).TotalMicroseconds, Environment.CpuUsage.TotalTime.TotalMicroseconds);

        public static Cost Since(Cost start)
        {
            var now = Now();
            return new Cost(now.Wall - start.Wall, now.Cpu - start.Cpu);
        }
    }
}
