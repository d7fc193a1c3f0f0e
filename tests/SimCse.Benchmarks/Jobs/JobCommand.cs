using System.CommandLine;
using System.Globalization;
using Microsoft.Extensions.Logging;
using SimCse.Cli.CommandLine;
using SimCse.Cli.Input;
using SimCse.Cli.Local;
using SimCse.Cli.Models;
using SimCse.Cli.Terminal;
using SimCse.Inference;
using SimCse.LocalHost.Azurite;
using SimCse.Models.Measurement;

namespace SimCse.Benchmarks.Jobs;

/// <summary><c>job</c>: measures the cost of a whole job beside the encoder alone.</summary>
internal sealed class JobCommand : CliCommand
{
    private readonly Argument<string> _file = new Argument<string>("FILE")
    {
        Description = "Texts: .txt, .jsonl, or sentence pairs in .json (JSTS) or .tsv, of which each sentence is taken once.",
    }.NoOptions();

    private readonly Option<string?> _model = CommonOptions.Model();

    private readonly Option<long[]> _texts = new("--texts")
    {
        Description = "How many texts to encode, several times for several sizes; the file is repeated where it is shorter. Default: " +
            "those of the file.",
        HelpName = "N",
    };

    private readonly Option<int> _rounds = CommonOptions.Rounds(
        "Rounds of the encoder alone and the job, interleaved; medians are shown.", 3);

    private readonly Option<bool> _noAlone = new("--no-alone") { Description = "Leave out the encoder alone." };

    private readonly Option<int> _changed = new Option<int>("--changed")
    {
        Description = "Measure a new version of the source, too, in which each so many-th text is another: 100 for 1 %.",
        HelpName = "N",
    }.Between(1, 1_000_000);

    private readonly Option<bool> _planOnly =
        new("--plan-only") { Description = "Measure the planner: time and memory of a worker that encodes nothing." };

    private readonly Option<string?> _azurite = new("--azurite")
    {
        Description = "Folder for Azurite's files, which stay. Default: in memory, which a large source may not fit in.",
        HelpName = "DIR",
    };

    private readonly Option<bool> _json = CommonOptions.Json("every round");

    public JobCommand()
        : base(
            "job",
            "Measure whole jobs (host, worker, storage, Parquet) beside the encoder alone: speed, what a job of any size costs, CPU of " +
            "each process, memory.")
    {
        Add(_file);
        Add(_model);
        Add(_texts);
        Add(_rounds);
        Add(_noAlone);
        Add(_changed);
        Add(_planOnly);
        Add(_azurite);
        Add(_json);
        Examples =
        [
            "SimCse.Benchmarks job jsts-train.json --model bundle",
            "SimCse.Benchmarks job jsts-train.json --texts 10000 --texts 100000 --texts 1000000 --no-alone",
            "SimCse.Benchmarks job jsts-train.json --texts 15600000 --plan-only --azurite DIR",
        ];
    }

    public override bool OwnsProcesses => true;

    public override async Task<int> RunAsync(CliContext context)
    {
        var texts = await DistinctSentences.ReadAsync(context.Get(_file)!, context.CancellationToken);
        long[] counts = context.Get(_texts) is { Length: > 0 } given ? given : [texts.Length];
        foreach (var count in counts)
        {
            RepeatedTexts.Take(texts, count); // fails before anything is started
        }

        var bundle = await ModelSelection.OpenAsync(context.Get(_model), context.Terminal, context.CancellationToken);
        if (context.Get(_planOnly))
        {
            await PlanAsync(texts, counts, bundle, context);
        }
        else
        {
            await MeasureAsync(texts, counts, bundle, context);
        }

        return ExitCodes.Success;
    }

    private Task MeasureAsync(string[] texts, long[] counts, Bundle bundle, CliContext context) =>
        StartAsync(bundle, context, settings: [], async (run, phases) =>
    {
        using var encoder = context.Get(_noAlone) ? null : SentenceEncoder.Load(bundle);
        using var ceiling = encoder is null ? null : new ProductCeiling(bundle.Manifest, encoder.Lanes, encoder.ThreadsPerLane);
        var bench = new JobBench(run, encoder is null ? null : new AloneBench(encoder, ceiling!));
        await phases.RunAsync("Warming up", () => bench.WarmUpAsync(texts, context.CancellationToken));
        var results = new List<JobMeasurement>();
        foreach (var count in counts)
        {
            results.Add(
                await phases.RunAsync(
                    Measuring(count),
                    () => bench.RunAsync(texts, count, context.Get(_rounds), context.Get(_changed), context.CancellationToken)));
        }

        Write(context, () => JobReport.ToJson(results, bundle), terminal => JobReport.Show(results, terminal));
    });

    private Task PlanAsync(string[] texts, long[] counts, Bundle bundle, CliContext context) =>
        StartAsync(bundle, context, [PlanBench.NoShards], async (run, phases) =>
    {
        var results = new List<PlanMeasurement>();
        foreach (var count in counts)
        {
            results.Add(
                await phases.RunAsync(Measuring(count), () => new PlanBench(run).RunAsync(texts, count, context.CancellationToken)));
        }

        Write(context, () => JobReport.ToJson(results, bundle), terminal => JobReport.Show(results, terminal));
    });

    private async Task StartAsync(
        Bundle bundle, CliContext context, IEnumerable<KeyValuePair<string, string>> settings, Func<LocalRun, Phases, Task> measure)
    {
        var folder = Directory.CreateTempSubdirectory("simcse-bench-");
        try
        {
            using var log = new LogFile(
                Path.Combine(folder.FullName, "host.log"), context.IsVerbose ? LogLevel.Information : LogLevel.Error);
            var phases = new Phases(context.Terminal);
            var options = LocalRun.Options(bundle);
            options = options with
            {
                Azurite = new AzuriteOptions { DataFolder = context.Get(_azurite) },
                Host = options.Host with
                {
                    BlobEvents = false,
                    Settings = new Dictionary<string, string>([.. options.Host.Settings, .. settings]),
                },
            };
            await using var run = await LocalRun.StartAsync(options, phases, context.CancellationToken, log);
            await measure(run, phases);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private void Write(CliContext context, Func<string> json, Action<CliTerminal> show)
    {
        if (context.Get(_json))
        {
            context.Terminal.Line(json());
        }
        else
        {
            show(context.Terminal);
        }
    }

    private static string Measuring(long count) => string.Create(CultureInfo.InvariantCulture, $"Measuring {count:N0} texts");
}
