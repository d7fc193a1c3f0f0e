using System.CommandLine;
using System.Globalization;
using Microsoft.Extensions.Logging;
using SimCse.Cli.Bench;
using SimCse.Cli.CommandLine;
using SimCse.Cli.Local;
using SimCse.Cli.Models;
using SimCse.Cli.Output;
using SimCse.Cli.Terminal;
using SimCse.Inference;

namespace SimCse.Cli.Commands;

/// <summary><c>simcse bench job</c>: what a whole job costs beside the encoder alone.</summary>
internal sealed class BenchJobCommand : CliCommand
{
    private const double Mebi = 1 << 20;

    private readonly Argument<string> _file = new Argument<string>("FILE")
    {
        Description = "Texts: .txt, .jsonl, or sentence pairs in .json (JSTS) or .tsv, of which each sentence is taken once.",
    }.NoOptions();

    private readonly Option<string?> _model = CommonOptions.Model();

    private readonly Option<long[]> _texts = new("--texts")
    {
        Description = "How many texts to encode, several times for several sizes; the file is repeated where it is shorter. Default: those of the file.",
        HelpName = "N",
    };

    private readonly Option<int> _rounds = new Option<int>("--rounds")
    {
        Description = "Rounds of the encoder alone and the job, turn by turn; medians are shown.",
        HelpName = "N",
        DefaultValueFactory = _ => 3,
    }.Between(1, 100);

    private readonly Option<bool> _noAlone = new("--no-alone") { Description = "Leave out the encoder alone." };

    private readonly Option<string?> _azurite = new("--azurite")
    {
        Description = "Folder for Azurite's files, which stay. Default: in memory, which a large source may not fit in.",
        HelpName = "DIR",
    };

    private readonly Option<bool> _json = CommonOptions.Json("every round");

    public BenchJobCommand()
        : base("job", "Measure whole jobs (host, handler, storage, Parquet) beside the encoder alone: texts/s, CPU of each process, memory.")
    {
        Add(_file);
        Add(_model);
        Add(_texts);
        Add(_rounds);
        Add(_noAlone);
        Add(_azurite);
        Add(_json);
        Examples =
        [
            "simcse bench job jsts-train.json --model bundle",
            "simcse bench job jsts-train.json --texts 10000 --texts 100000 --texts 1000000 --no-alone",
        ];
    }

    public override bool OwnsProcesses => true;

    public override async Task<int> RunAsync(CliContext context)
    {
        var texts = await BenchTexts.ReadAsync(context.Get(_file)!, context.CancellationToken);
        long[] counts = context.Get(_texts) is { Length: > 0 } given ? given : [texts.Length];
        foreach (var count in counts)
        {
            BenchTexts.Take(texts, count); // before anything is started
        }

        var bundle = await ModelSelection.OpenAsync(context.Get(_model), context.Terminal, context.CancellationToken);
        var results = await MeasureAsync(texts, counts, bundle, context);
        if (context.Get(_json))
        {
            context.Terminal.Line(ToJson(results, bundle));
        }
        else
        {
            Show(results, context.Terminal);
        }

        return ExitCodes.Success;
    }

    private async Task<List<JobMeasurement>> MeasureAsync(string[] texts, long[] counts, Bundle bundle, CliContext context)
    {
        var folder = Directory.CreateTempSubdirectory("simcse-bench-");
        try
        {
            using var log = new LogFile(Path.Combine(folder.FullName, "host.log"), context.IsVerbose ? LogLevel.Information : LogLevel.Error);
            var phases = new Phases(context.Terminal);
            var options = new LocalRunOptions { Bundle = bundle, BlobEvents = false, AzuriteFolder = context.Get(_azurite) };
            await using var run = await LocalRun.StartAsync(options, log, phases, context.CancellationToken);
            using var encoder = SentenceEncoder.Load(bundle);
            var bench = new JobBench(run, encoder);
            await phases.RunAsync("Warming up", () => bench.WarmUpAsync(texts, context.CancellationToken));
            var results = new List<JobMeasurement>();
            foreach (var count in counts)
            {
                results.Add(await phases.RunAsync(
                    string.Create(CultureInfo.InvariantCulture, $"Measuring {count:N0} texts"),
                    () => bench.RunAsync(texts, count, context.Get(_rounds), !context.Get(_noAlone), context.CancellationToken)));
            }

            return results;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static void Show(IReadOnlyList<JobMeasurement> results, CliTerminal terminal)
    {
        var speed = CliTable.Create(">texts", ">MiB", ">shards", ">alone texts/s", ">job texts/s", ">tokens/s", ">of alone", ">plan s", ">job s", ">µs/text");
        var cost = CliTable.Create(">texts", ">alone CPU s", ">handler CPU s", ">Azurite CPU s", ">host CPU s", ">handler peak MiB");
        foreach (var result in results)
        {
            var job = result.Median(round => round.JobSeconds);
            speed.Row(
                Number(result.Texts, "N0"), Number(result.Bytes / Mebi, "N1"), Number(result.Shards, "N0"), Number(result.AloneTextsPerSecond, "N0"),
                Number(result.JobTextsPerSecond, "N0"), Number(result.Tokens / job, "N0"), Number(result.Share, "0.0 %"),
                Number(result.Median(round => round.PlanSeconds), "0.00"), Number(job, "0.00"), Number(1e6 * job / result.Texts, "N0"));
            cost.Row(
                Number(result.Texts, "N0"), Number(result.Median(round => round.AloneCpuSeconds), "0.00"),
                Number(result.Median(round => round.HandlerCpuSeconds), "0.00"), Number(result.Median(round => round.AzuriteCpuSeconds), "0.00"),
                Number(result.Median(round => round.HostCpuSeconds), "0.00"), Number(result.HandlerPeakBytes / Mebi, "N0"));
        }

        terminal.Out.Write(speed);
        terminal.Line();
        terminal.Out.Write(cost);
    }

    private static string ToJson(IReadOnlyList<JobMeasurement> results, Bundle bundle) => JsonLine.Write(json =>
    {
        json.WriteString("model", bundle.ModelName);
        json.WriteString("precision", bundle.Precision);
        json.WriteNumber("processors", Environment.ProcessorCount);
        json.WriteStartArray("sizes");
        foreach (var result in results)
        {
            json.WriteStartObject();
            json.WriteNumber("texts", result.Texts);
            json.WriteNumber("bytes", result.Bytes);
            json.WriteNumber("tokens", result.Tokens);
            json.WriteNumber("shards", result.Shards);
            json.WriteNumber("handlerPeakBytes", result.HandlerPeakBytes);
            json.WriteStartArray("rounds");
            foreach (var round in result.Rounds)
            {
                json.WriteStartObject();
                json.WriteNumber("aloneSeconds", round.AloneSeconds);
                json.WriteNumber("aloneCpuSeconds", round.AloneCpuSeconds);
                json.WriteNumber("planSeconds", round.PlanSeconds);
                json.WriteNumber("jobSeconds", round.JobSeconds);
                json.WriteNumber("handlerCpuSeconds", round.HandlerCpuSeconds);
                json.WriteNumber("azuriteCpuSeconds", round.AzuriteCpuSeconds);
                json.WriteNumber("hostCpuSeconds", round.HostCpuSeconds);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });

    private static string Number(double value, string format) => double.IsFinite(value) ? value.ToString(format, CultureInfo.InvariantCulture) : "–";
}
