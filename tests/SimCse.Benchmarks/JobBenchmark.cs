using System.Diagnostics;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using SimCse.Inference;
using SimCse.Jobs;
using SimCse.Jobs.Operations;
using SimCse.Jobs.Parts;
using SimCse.Jobs.Storage;
using SimCse.LocalHost;
using SimCse.Models;

namespace SimCse.Benchmarks;

/// <summary>
/// A whole job through the Functions app (host, handler, Azurite, parts, <c>_SUCCESS</c>) beside the encoder alone on the same texts, shard by
/// shard, turn by turn in one run, with the demo model; and what writing a part costs.
/// <c>dotnet run -c Release --project tests/SimCse.Benchmarks -- job FILE</c>, where a file is text (a line a sentence) or JSTS (.json).
/// </summary>
internal static class JobBenchmark
{
    private const int Rounds = 3;
    private const int TextsPerShard = 4_096;

    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(1); // each look costs the storage some of the machine that is being measured

    public static async Task<int> RunAsync(string file)
    {
        string[] texts = [.. SentenceFile.Read(file).Where(text => !string.IsNullOrWhiteSpace(text))];
        var folder = Directory.CreateTempSubdirectory("simcse-bench-").FullName;
        using var encoder = SentenceEncoder.Load(DemoModel.CreateBundle(Path.Combine(folder, "bundle")));
        await using var azurite = await AzuriteServer.StartAsync();
        await using var services = new ServiceCollection().AddLogging()
            .AddSimCseJobClients(StorageConnection.FromConnectionString(azurite.ConnectionString)).BuildServiceProvider();
        await services.GetRequiredService<JobStorage>().EnsureCreatedAsync(default);
        await using var host = await StartHostAsync(azurite.ConnectionString, encoder.Bundle.Folder);

        double[] alone = new double[Rounds], job = new double[Rounds], wall = new double[Rounds];
        var last = new EncodedTexts(0, encoder.Bundle.Dimension);
        for (var round = 0; round < Rounds; round++)
        {
            alone[round] = await SecondsAsync(async () =>
            {
                foreach (var shard in texts.Chunk(TextsPerShard))
                {
                    last = await encoder.EncodeAsync(shard);
                }
            });
            var source = $"round-{round}.txt";
            using var content = new MemoryStream(Encoding.UTF8.GetBytes(string.Join('\n', texts)));
            await services.GetRequiredService<SubmitJob>().UploadAsync(source, content);
            JobStatus? status = null;
            wall[round] = await SecondsAsync(async () => status = await RunJobAsync(services, source));
            job[round] = (status!.CompletedOn! - status.CreatedOn!).Value.TotalSeconds;
        }

        Console.WriteLine($"{texts.Length:N0} texts, demo model, medians of {Rounds} rounds");
        Console.WriteLine($"encoder alone               {texts.Length / Median(alone),8:N0} texts/s");
        Console.WriteLine($"job, manifest to _SUCCESS   {texts.Length / Median(job),8:N0} texts/s   {Median(alone) / Median(job):0.0 %} of the encoder");
        Console.WriteLine($"job, message to _SUCCESS    {texts.Length / Median(wall),8:N0} texts/s   {Median(alone) / Median(wall):0.0 %}; waits for the idle queue's next poll included");
        await MeasurePartAsync(encoder.Bundle, texts[^last.Count..], last);
        Directory.Delete(folder, recursive: true);
        return 0;
    }

    /// <summary>The app's output in the same configuration as this one's.</summary>
    private static string FunctionsApp()
    {
        var output = new DirectoryInfo(AppContext.BaseDirectory);
        var repository = output.Parent!.Parent!.Parent!.Parent!.Parent!;
        return Path.Combine(repository.FullName, "src", "SimCse.Functions", "bin", output.Parent.Name, output.Name);
    }

    private static Task<FunctionsHost> StartHostAsync(string connectionString, string bundle) => FunctionsHost.StartAsync(new FunctionsHostOptions
    {
        AppRoot = FunctionsApp(),
        BlobEvents = false,
        Settings = new Dictionary<string, string> { [StorageConnection.SettingName] = connectionString, ["Model__Bundle"] = bundle },
    });

    /// <summary>From the plan message to <c>_SUCCESS</c>; the upload is the user's.</summary>
    private static async Task<JobStatus> RunJobAsync(ServiceProvider services, string source)
    {
        var reader = services.GetRequiredService<JobReader>();
        var submission = await services.GetRequiredService<SubmitJob>().EnqueueAsync(source);
        var job = (await reader.WaitForSubmissionAsync(submission)).Job!;
        while (true)
        {
            var status = await reader.GetAsync(job);
            if (status is { IsFinished: true })
            {
                return status.State == JobStatus.Succeeded
                    ? status
                    : throw new InvalidOperationException($"The job is {status.State}; expected {JobStatus.Succeeded}. {status.Reason}");
            }

            await Task.Delay(PollInterval);
        }
    }

    private static double Median(double[] values) => values.Order().ElementAt(values.Length / 2);

    private static async Task MeasurePartAsync(Bundle bundle, string[] texts, EncodedTexts encoded)
    {
        var rows = new PartRows([.. texts.Select((_, i) => $"{i + 1}")], [.. texts.Select((_, i) => i + 1L)], texts, encoded);
        var size = 0L;
        var seconds = double.MaxValue;
        for (var round = 0; round < 2 * Rounds; round++)
        {
            using var stream = new MemoryStream();
            seconds = Math.Min(seconds, await SecondsAsync(async () =>
            {
                await using var writer = await PartWriter.CreateAsync(stream, PartMetadata.Of(bundle, new EncodeOptions()), includeText: true);
                await writer.WriteAsync(rows);
            }));
            size = stream.Length;
        }

        Console.WriteLine(
            $"one part        {rows.Count:N0} rows × {encoded.Dimension} in {seconds * 1000:0.0} ms, {size / 1e6:0.00} MB ({(double)size / (4 * encoded.Vectors.Length):0.0 %} of the floats)");
    }

    private static async Task<double> SecondsAsync(Func<Task> work)
    {
        var watch = Stopwatch.StartNew();
        await work();
        return watch.Elapsed.TotalSeconds;
    }
}
