using System.CommandLine;
using System.Globalization;
using Microsoft.Extensions.Logging;
using SimCse.Cli.CommandLine;
using SimCse.Cli.Local;
using SimCse.Cli.Models;
using SimCse.Cli.Progress;
using SimCse.Cli.Search;
using SimCse.Cli.Storage;
using SimCse.Cli.Terminal;
using SimCse.Inference;
using SimCse.Jobs.Clients;
using SimCse.Jobs.State;
using SimCse.Jobs.Storage;
using Spectre.Console;

namespace SimCse.Cli.Commands;

/// <summary><c>simcse demo</c>: runs everything once, from a text file uploaded to storage to its Parquet files.</summary>
internal sealed class DemoCommand : CliCommand
{
    private const string Source = "sentences.txt";
    private const int Neighbours = 3;

    /// <summary>The lines of the sample whose neighbours are shown.</summary>
    private static readonly long[] ShownLines = [5, 37, 111];

    private readonly Option<string?> _model = CommonOptions.Model();
    private readonly Option<string> _data = new("--data")
    {
        Description = "Folder for the log and, in demo/embeddings, the Parquet files.",
        HelpName = "DIR",
        DefaultValueFactory = CommonOptions.Data().DefaultValueFactory,
    };

    public DemoCommand()
        : base("demo", "See it work: start everything, drop a file of Japanese sentences into storage, fetch the Parquet, stop everything.")
    {
        Add(_model);
        Add(_data);
    }

    public override bool OwnsProcesses => true;

    public override async Task<int> RunAsync(CliContext context)
    {
        var folder = Path.Combine(context.Get(_data)!, "demo");
        var phases = new Phases(context.Terminal);
        var given = ModelSelection.TryOpen(context.Get(_model));
        given?.VerifyCovered();
        UserCache.Prepare(UserCache.Folder);
        var bundle = await phases.RunAsync(
            given is null ? "Making the demo model, once, from a fixed seed" : $"Opening the model in {given.Folder}",
            () => OpenAsync(given, context), bundle => $"{bundle.Model.Name}, {bundle.Model.Dimension} dimensions");
        using var log = new LogFile(Path.Combine(folder, "demo.log"), context.IsVerbose ? LogLevel.Information : LogLevel.Error);
        IReadOnlyList<string> parts;
        await using (var run = await LocalRun.StartAsync(LocalRun.Options(bundle), phases, context.CancellationToken, log))
        {
            var status = await EncodeAsync(run, phases, context);
            parts = await phases.RunAsync(
                "Fetching the Parquet files", () => DownloadAsync(run, status, folder, context.CancellationToken));
            await phases.RunAsync("Stopping the host and Azurite", async () => await run.DisposeAsync());
        }

        await ShowAsync(parts, bundle, context);
        return ExitCodes.Success;
    }

    private static async Task<Bundle> OpenAsync(Bundle? given, CliContext context) =>
        given ?? await Task.Run(() => DemoBundleCache.EnsureAsync(context.CancellationToken));

    /// <summary>Only uploads the file. As in Azure, the event of the new blob starts the job.</summary>
    private static async Task<JobStatus> EncodeAsync(LocalRun run, Phases phases, CliContext context)
    {
        var client = run.Client;
        await phases.RunAsync($"Dropping {Source} into the container {StorageNames.Texts}", async () =>
        {
            await using var sample = File.OpenRead(Path.Combine(AppContext.BaseDirectory, "samples", Source));
            await client.UploadAsync(Source, sample, cancellationToken: context.CancellationToken);
        });
        var job = new WatchedJob(
            Source, async token =>
                (await client.ListAsync(token)).FirstOrDefault(status => status.Source == Source) is { } status
                    ? new SubmissionResult(status.Job)
                    : null);
        await new JobProgress(context.Terminal, client).WaitAsync([job], context.CancellationToken);
        return job.Status!.State == JobStatus.Succeeded
            ? job.Status
            : throw new CliException($"The job {job.Status.State}: {job.Status.Reason}");
    }

    /// <summary>Downloads into a folder of its own, after removing the files of an earlier demo.</summary>
    private static async Task<IReadOnlyList<string>> DownloadAsync(
        LocalRun run, JobStatus status, string folder, CancellationToken cancellationToken)
    {
        var source = Path.Combine(folder, StorageNames.Embeddings, Source);
        if (Directory.Exists(source))
        {
            Directory.Delete(source, recursive: true);
        }

        using var download = new JobDownload(run.Client, verify: false);
        return (await download.RunAsync(status, Path.Combine(source, status.Job), cancellationToken)).Folder.Parts;
    }

    private static async Task ShowAsync(IReadOnlyList<string> parts, Bundle bundle, CliContext context)
    {
        var terminal = context.Terminal;
        terminal.Line("");
        terminal.Line("Parquet files:");
        foreach (var part in parts)
        {
            terminal.Line($"  {part}");
        }

        terminal.Line("");
        terminal.Line(bundle.Model.Untrained
            ? "Nearest neighbours of three sentences, around the mean. The model is UNTRAINED: it follows shared characters, not meaning."
            : "Nearest neighbours of three sentences, around the mean.");
        terminal.Out.Write(await TableAsync(parts, context.CancellationToken));
        var files = Path.Combine(Path.GetDirectoryName(parts[0])!, "*.parquet");

        // A checkout has no command named simcse yet.
        var simcse = File.Exists("src/SimCse.Cli/SimCse.Cli.csproj") ? "dotnet run --project src/SimCse.Cli --" : "simcse";
        terminal.Line(
            "",
            "Try:",
            $"  duckdb -c \"SELECT line, text, tokens, embedding[1:3] FROM '{files}' LIMIT 5\"",
            $"  {simcse} similar 窓のそばで猫が寝ている。 --in {Path.GetDirectoryName(parts[0])} --center",
            $"  {simcse} up      runs the same until Ctrl-C; then, in another terminal: {simcse} submit FILE --wait");
    }

    /// <summary>Searches for some rows of the parts themselves; the nearest row of each is itself, and is not shown.</summary>
    private static async Task<Table> TableAsync(IReadOnlyList<string> parts, CancellationToken cancellationToken)
    {
        var files = LocalVectors.Find(parts);
        var shown = new SortedDictionary<long, (string Text, float[] Vector)>();
        foreach (var file in files)
        {
            await file.OpenAsync(cancellationToken);
            await foreach (var rows in file.ReadAsync(cancellationToken))
            {
                foreach (var row in Enumerable.Range(0, rows.Count).Where(row => ShownLines.Contains(rows.Lines[row])))
                {
                    shown[rows.Lines[row]] = (rows.Texts[row], rows.Encoded[row].ToArray());
                }
            }
        }

        var queries = new EncodedTexts(shown.Count, files[0].Dimension);
        foreach (var (i, (_, vector)) in shown.Values.Index())
        {
            vector.CopyTo(queries.Vectors, i * queries.Dimension);
        }

        var search = new VectorSearch(files);
        var (mean, _) = await search.MeanAsync(cancellationToken);
        var table = CliTable.Create("sentence", ">cosine", "neighbour");
        foreach (var ((line, (text, _)), nearest) in shown.Zip(
            await search.NearestAsync(queries, Neighbours + 1, mean, cancellationToken)))
        {
            foreach (var (number, neighbour) in nearest.Where(neighbour => neighbour.Line != line).Take(Neighbours).Index())
            {
                table.Row(
                    number == 0 ? text : "", neighbour.Score.ToString("0.000", CultureInfo.InvariantCulture),
                    neighbour.Text ?? neighbour.Id);
            }
        }

        return table;
    }
}
