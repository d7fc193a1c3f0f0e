using SimCse.Inference;
using SimCse.Models.Untrained;

namespace SimCse.Benchmarks.Http;

/// <summary>
/// Measures HTTP under load from a second process through the local host, idle and beside a job, and the gain from shared batches. Each
/// round measures every variant; the results are medians over the rounds. "One by one" is the same app and model with batches of one text,
/// set by an <see cref="EncoderTuning"/> beside the bundle.
/// </summary>
internal static class HttpBenchmark
{
    private const int Connections = 64;
    private const int ShortSeconds = 2; // for one connection, and for the encoder in this process
    private const int MaxBesideSeconds = 90;

    public static async Task<int> RunAsync(string file, HttpBenchmarkOptions options)
    {
        var folder = Directory.CreateTempSubdirectory("simcse-http-");
        try
        {
            var shared = options.Model ?? DemoModel.CreateBundle(Path.Combine(folder.FullName, "shared")).Folder;
            using var encoder = SentenceEncoder.Load(Bundle.Open(shared));
            using var oneByOne = SentenceEncoder.Load(Bundle.Open(shared), new SentenceEncoderOptions { MaxTokensPerBatch = 1 });
            await using var sharedApp = await BenchmarkApp.StartAsync(shared);
            await using var oneByOneApp = await BenchmarkApp.StartAsync(OneByOne(shared, Path.Combine(folder.FullName, "single"), encoder));
            await new HttpRounds(
                file, options, Connections, ShortSeconds, MaxBesideSeconds, encoder, oneByOne, sharedApp, oneByOneApp).RunAsync();
            return 0;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>Copies the bundle with batches of one text.</summary>
    private static string OneByOne(string bundle, string folder, SentenceEncoder encoder)
    {
        foreach (var path in Directory.EnumerateFiles(bundle, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(folder, Path.GetRelativePath(bundle, path));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(path, copy);
        }

        new EncoderTuning(Environment.ProcessorCount, encoder.Lanes, encoder.ThreadsPerLane, MaxTokensPerBatch: 1).Save(folder);
        return folder;
    }
}
