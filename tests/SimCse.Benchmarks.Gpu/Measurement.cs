using System.Diagnostics;
using System.Globalization;
using System.Numerics.Tensors;
using System.Text.Json;
using System.Text.Json.Nodes;
using SimCse.Inference;
using SimCse.Jobs.Parts;
using SimCse.Models;
using SimCse.Models.Measurement;
using SimCse.Models.Untrained;
using SimCse.Tokenization;

namespace SimCse.Benchmarks.Gpu;

/// <summary>
/// Everything that is measured on a GPU, in one run: exactness, throughput by shape, budget, lanes and buffers, jobs, memory. Each result
/// is printed and written to the file at once, so that a run that is cut off keeps what it has.
/// </summary>
internal sealed class Measurement
{
    private const int TextsPerShard = 4_096;
    private const int CheckedTexts = 512;
    private const int Passes = 3;
    private const int Vocabulary = 9_000; // of the ids that graphs alone get; the model has more
    private static readonly int[] Lengths = [20, 32, 128];
    private static readonly int[] Budgets = GpuDevice.IsThere ? [4_096, 8_192, 16_384, 32_768, 65_536] : [16_384];
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(GpuDevice.IsThere ? 0.4 : 0.01);

    private readonly string _inputs;
    private readonly string _work;
    private readonly string _output;
    private readonly JsonObject _results = [];
    private readonly Stopwatch _watch = Stopwatch.StartNew();

    private Measurement(string inputs, string work, string output) => (_inputs, _work, _output) = (inputs, work, output);

    /// <param name="inputs">What pack.sh packed: <c>tokenizer</c>, <c>dictionary</c>, <c>sentences.json</c>.</param>
    /// <param name="work">A folder that gets the model, its bundles, and the ids that a peer reads.</param>
    /// <param name="output">The file of the results.</param>
    public static async Task<int> RunAsync(string inputs, string work, string output)
    {
        await new Measurement(Path.GetFullPath(inputs), Path.GetFullPath(work), output).RunAsync();
        return 0;
    }

    private string Model => Path.Combine(_work, "model");

    private async Task RunAsync()
    {
        var sentences = SentenceFile.Read(Path.Combine(_inputs, "sentences.json")).Distinct(StringComparer.Ordinal).ToArray();
        Prepare(sentences);
        var half = Bundle.Open(Path.Combine(_work, "fp16"));
        var exact = Bundle.Open(Path.Combine(_work, "fp32"));
        await TryAsync("exactness", () => CheckAsync(exact, half, sentences));
        await TryAsync("products", () => Task.Run(() => Products(half)));
        await TryAsync("shapes", () => Task.Run(() => Shapes(half)));
        await TryAsync("encoder", () => EncoderAsync(half, sentences));
        await TryAsync("job", () => JobAsync(half, sentences));
        await TryAsync("fp32", () => FloatAsync(exact, sentences));
        await TryAsync("first vectors", () => Task.Run(() => First(half)));
        await TryAsync("first vectors", () => Task.Run(() => First(exact)));
        await TryAsync("operators", () => Task.Run(() => Profile(half)));
    }

    /// <summary>A section that fails is noted, because the device's time is short and the next one may succeed.</summary>
    private async Task TryAsync(string section, Func<Task> measure)
    {
        try
        {
            await measure();
        }
        catch (Exception e)
        {
            Add($"{section} failed", e.ToString());
        }
    }

    /// <summary>The model, its bundles, and the sets of ids: sentences, and random ones of one length.</summary>
    private void Prepare(string[] sentences)
    {
        RandomModel.Write(Model, GpuDevice.IsThere ? new RandomModelOptions() : new RandomModelOptions { Layers = 2, Hidden = 64 });
        Note("model written");
        var words = Path.Combine(_work, "words"); // the same weights behind the tokenizer of words
        foreach (var file in Directory.EnumerateFiles(Model, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(words, Path.GetRelativePath(Model, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.CreateSymbolicLink(copy, file);
        }

        foreach (var file in Directory.EnumerateFiles(Path.Combine(_inputs, "tokenizer")))
        {
            File.Delete(Path.Combine(words, Path.GetFileName(file)));
            File.Copy(file, Path.Combine(words, Path.GetFileName(file)));
        }

        var dictionary = Path.Combine(_inputs, "dictionary");
        ModelImporter.Import(words, Path.Combine(_work, "fp32"), new ImportOptions { DictionaryFolder = dictionary });
        var half = ModelImporter.Import(
            words, Path.Combine(_work, "fp16"),
            new ImportOptions { DictionaryFolder = dictionary, Precision = Precision.Float16, AllowLowQuality = true });
        Note("bundles written");
        Add("fp16 at import: cosine at the first percentile", half.Manifest.Quality!.Cosine);

        var tokenizer = Tokenizer(words);
        WriteSet("JSTS", [.. sentences.Select(text => tokenizer.Tokenize(text).InputIds.ToArray())]);
        foreach (var length in Lengths)
        {
            var count = GpuDevice.IsThere ? Math.Min(32_768, 1_048_576 / length) : 64;
            WriteSet(length.ToString(CultureInfo.InvariantCulture), RandomIds(tokenizer.VocabularySize, length, count));
        }

        Note("ids written");
    }

    private void WriteSet(string name, int[][] sequences) =>
        File.WriteAllText(Path.Combine(_work, $"ids-{name}.json"), JsonSerializer.Serialize(sequences));

    private int[][] ReadSet(string name) =>
        JsonSerializer.Deserialize<int[][]>(File.ReadAllText(Path.Combine(_work, $"ids-{name}.json")))!;

    private static int[][] RandomIds(int vocabulary, int length, int count)
    {
        var random = new Random(length);
        return [.. Enumerable.Range(0, count).Select(_ => (int[])[2, .. Ids(), 3])];

        IEnumerable<int> Ids() => Enumerable.Range(0, length - 2).Select(_ => random.Next(5, vocabulary));
    }

    /// <summary>The vectors of both precisions on the GPU beside those of float32 on the CPU.</summary>
    private async Task CheckAsync(Bundle exact, Bundle half, string[] sentences)
    {
        var texts = sentences.Where((_, i) => i % Math.Max(1, sentences.Length / CheckedTexts) == 0).Take(CheckedTexts).ToArray();
        var expected = await EncodeAsync(exact, InferenceDevice.Cpu);
        var tokenizer = Tokenizer(exact.Folder);
        Compare("fp32", await EncodeAsync(exact, GpuDevice.Inference));
        Compare("fp16", await EncodeAsync(half, GpuDevice.Inference));
        WriteSet("check", [.. texts.Select(text => tokenizer.Tokenize(text).InputIds.ToArray())]);
        File.WriteAllBytes(
            Path.Combine(_work, "vectors.bin"), System.Runtime.InteropServices.MemoryMarshal.AsBytes(expected.Vectors.AsSpan()).ToArray());

        async Task<EncodedTexts> EncodeAsync(Bundle bundle, InferenceDevice device)
        {
            using var encoder = SentenceEncoder.Load(bundle, new SentenceEncoderOptions { Device = device });
            return await encoder.EncodeAsync(texts);
        }

        void Compare(string precision, EncodedTexts actual)
        {
            var cosines = texts.Select((_, i) => TensorPrimitives.CosineSimilarity(actual[i].Span, expected[i].Span)).ToArray();
            var difference = actual.Vectors.Zip(expected.Vectors, (a, b) => Math.Abs(a - b)).Max();
            Add($"{precision} cuda against fp32 cpu: largest difference", difference);
            Add($"{precision} cuda against fp32 cpu: least cosine", cosines.Min());
        }
    }

    private void Products(Bundle half)
    {
        foreach (var tokens in Budgets)
        {
            Add($"products {tokens} tokens: TFLOP/s", GpuProducts.Measure(half.Manifest, tokens, _work, Duration) / 1e12);
        }
    }

    /// <summary>The graph alone, in batches of one shape.</summary>
    private void Shapes(Bundle half)
    {
        using (var compiled = new GpuGraph(GraphOf(half), Vocabulary, half.Model.Dimension, ("sdpa_kernel", "8")))
        {
            Array.ForEach(Lengths, length => Shape(compiled, "graph with cuDNN's attention", length, 16_384, lanes: 1));
        }

        foreach (var budget in Budgets)
        {
            using var graph = new GpuGraph(GraphOf(half), Vocabulary, half.Model.Dimension);
            foreach (var length in Lengths)
            {
                Shape(graph, "graph", length, budget, lanes: 1);
                Shape(graph, "graph", length, budget, lanes: 2);
                if (budget == 16_384)
                {
                    Shape(graph, "graph with bound buffers", length, budget, lanes: 1, bound: true);
                    Shape(graph, "graph with bound buffers", length, budget, lanes: 2, bound: true);
                }
            }

            Add($"graph, {budget}, two lanes: MiB of the GPU", UsedMemory());
        }

        void Shape(GpuGraph graph, string name, int length, int budget, int lanes, bool bound = false)
        {
            var rate = graph.Measure(budget / length, length, lanes, bound, Duration);
            var operations = rate * ModelOperations.ForText(half.Manifest, length) / 1e12;
            Add($"{name}, {length} tokens, {budget}, {lanes} lanes: texts/s", rate);
            Add($"{name}, {length} tokens, {budget}, {lanes} lanes: TFLOP/s", operations);
        }
    }

    /// <summary>Our encoder, from ids as the peer gets them; the first pass over JSTS has lengths that the session has not seen.</summary>
    private async Task EncoderAsync(Bundle half, string[] sentences)
    {
        var sets = ((string[])["JSTS", "20", "32", "128"]).ToDictionary(name => name, ReadSet);
        foreach (var (lanes, budget) in ((int, int)[])[(1, 16_384), .. Budgets.Select(budget => (2, budget))])
        {
            using var encoder = Load(half, lanes, budget);
            foreach (var (set, ids) in sets)
            {
                for (var pass = 1; pass <= Passes; pass++)
                {
                    var watch = Stopwatch.StartNew();
                    await encoder.EncodeIdsAsync(ids);
                    Add($"encoder, ids {set}, {budget}, {lanes} lanes, pass {pass}: texts/s", ids.Length / watch.Elapsed.TotalSeconds);
                }
            }

            Add($"encoder, {budget}, {lanes} lanes: MiB of the GPU", UsedMemory());
        }

        var tokenizer = Tokenizer(half.Folder);
        foreach (var threads in (int[])[1, 4, Environment.ProcessorCount])
        {
            var watch = Stopwatch.StartNew();
            Parallel.ForEach(sentences, new ParallelOptions { MaxDegreeOfParallelism = threads }, () => new int[128], (text, _, ids) =>
            {
                tokenizer.Encode(text, ids, out var truncated);
                return ids;
            }, _ => { });
            Add($"tokenizer, {threads} threads: texts/s", sentences.Length / watch.Elapsed.TotalSeconds);
        }
    }

    /// <summary>Shards of texts as a job encodes them, so many at once, with and without the writing of their parts.</summary>
    private async Task JobAsync(Bundle half, string[] sentences)
    {
        var texts = Enumerable.Range(0, GpuDevice.IsThere ? 6 : 1).SelectMany(_ => sentences).ToArray();
        foreach (var (budget, lanes) in ((int, int)[])[(16_384, 1), (16_384, 2), (32_768, 2)])
        {
            using var encoder = Load(half, lanes, budget);
            await RunAsync(2, writes: true);
            foreach (var atOnce in (int[])[2, 4, 6])
            {
                Add($"shards without parts, {budget}, {lanes} lanes, {atOnce} at once: texts/s", await RunAsync(atOnce, writes: false));
                Add($"shards with parts, {budget}, {lanes} lanes, {atOnce} at once: texts/s", await RunAsync(atOnce, writes: true));
            }

            async Task<double> RunAsync(int atOnce, bool writes)
            {
                var watch = Stopwatch.StartNew();
                await Parallel.ForEachAsync(
                    texts.Chunk(TextsPerShard), new ParallelOptions { MaxDegreeOfParallelism = atOnce },
                    (shard, cancellation) => EncodeShardAsync(encoder, shard, writes, cancellation));
                return texts.Length / watch.Elapsed.TotalSeconds;
            }
        }
    }

    private async ValueTask EncodeShardAsync(SentenceEncoder encoder, string[] shard, bool writes, CancellationToken cancellationToken)
    {
        var encoded = await encoder.EncodeAsync(shard, cancellationToken: cancellationToken);
        if (!writes)
        {
            return;
        }

        var file = Path.Combine(_work, $"{Guid.NewGuid():N}.parquet");
        await using (var stream = File.Create(file))
        {
            await using var part = await PartWriter.CreateAsync(
                stream, PartMetadata.From(encoder.Bundle, new EncodeOptions()), includeText: true, cancellationToken: cancellationToken);
            string[] ids = [.. shard.Select((_, i) => (i + 1).ToString(CultureInfo.InvariantCulture))];
            await part.WriteAsync(new PartRows(ids, [.. shard.Select((_, i) => i + 1L)], shard, encoded), cancellationToken);
        }

        File.Delete(file);
    }

    private async Task FloatAsync(Bundle exact, string[] sentences)
    {
        foreach (var budget in (int[])[4_096, 8_192, 16_384])
        {
            using var encoder = Load(exact, 1, budget);
            await encoder.EncodeAsync(sentences[..Math.Min(sentences.Length, 2_048)]);
            var watch = Stopwatch.StartNew();
            await encoder.EncodeAsync(sentences);
            Add($"fp32, texts of JSTS, {budget}: texts/s", sentences.Length / watch.Elapsed.TotalSeconds);
        }
    }

    private void First(Bundle bundle)
    {
        var times = Child([], "first", bundle.Folder).Split(' ');
        Add($"{bundle.Model.Precision.Name()}: first vector after s", double.Parse(times[0], CultureInfo.InvariantCulture));
        Add($"{bundle.Model.Precision.Name()}: one more text takes s", double.Parse(times[1], CultureInfo.InvariantCulture));
    }

    private void Profile(Bundle half)
    {
        foreach (var (rows, length) in ((int, int)[])[(128, 128), (819, 20)])
        {
            Add(
                $"operators of {rows} × {length}: ms",
                Child([("CUDA_LAUNCH_BLOCKING", "1")], "profile", GraphOf(half), $"{rows}", $"{length}"));
        }
    }

    private SentenceTokenizer Tokenizer(string folder) => SentenceTokenizer.Load(
        folder, new SentenceTokenizerOptions { DictionaryFolder = Path.Combine(_inputs, "dictionary") });

    private static string GraphOf(Bundle bundle) => Path.Combine(bundle.Folder, bundle.Manifest.Graph);

    private static SentenceEncoder Load(Bundle bundle, int lanes, int budget) => SentenceEncoder.Load(
        bundle, new SentenceEncoderOptions { Device = GpuDevice.Inference, Lanes = lanes, MaxTokensPerBatchOnCuda = budget });

    /// <summary>Runs this program once more.</summary>
    private static string Child((string Name, string Value)[] environment, params string[] arguments)
    {
        var program = Environment.ProcessPath!;
        string[] assembly = Path.GetFileNameWithoutExtension(program) == "dotnet" ? [Environment.GetCommandLineArgs()[0]] : [];
        var start = new ProcessStartInfo(program, [.. assembly, .. arguments]) { RedirectStandardOutput = true };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return output.Trim();
    }

    private static double UsedMemory()
    {
        if (!GpuDevice.IsThere)
        {
            return 0;
        }

        using var process = Process.Start(new ProcessStartInfo("nvidia-smi", ["--query-gpu=memory.used", "--format=csv,noheader,nounits"])
        {
            RedirectStandardOutput = true,
        })!;
        return double.Parse(process.StandardOutput.ReadToEnd().Trim(), CultureInfo.InvariantCulture);
    }

    private void Note(string text) => Console.WriteLine(FormattableString.Invariant($"[{_watch.Elapsed.TotalSeconds:0.0} s] {text}"));

    private void Add(string name, double value)
    {
        Note(FormattableString.Invariant($"{name} {value:0.#######}"));
        _results[name] = value;
        Save();
    }

    private void Add(string name, string value)
    {
        Note($"{name} {value}");
        _results[name] = value;
        Save();
    }

    private void Save() => File.WriteAllText(_output, _results.ToJsonString(new JsonSerializerOptions { WriteIndented = true }));
}
