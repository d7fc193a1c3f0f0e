using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using SimCse.Cli.Bench;
using SimCse.Cli.CommandLine;
using SimCse.Cli.Local;
using SimCse.Cli.Models;
using SimCse.Cli.Output;
using SimCse.Cli.Terminal;
using SimCse.Inference;
using SimCse.LocalHost.Azurite;

namespace SimCse.Benchmarks;

/// <summary><c>cold-start</c>: measures how a new instance spends the time until its first vector.</summary>
internal sealed class ColdStartCommand : CliCommand
{
    private const double Mebi = 1 << 20;

    private readonly Option<string[]> _models = new("--model", "-m")
    {
        Description =
            "Folder of a bundle; several are measured interleaved. Default: the demo model, untrained, made once in the user's cache.",
        HelpName = "BUNDLE",
    };

    private readonly Option<string[]> _apps = new("--app")
    {
        Description = "Folder of a published Functions app; several are measured interleaved. Default: the one beside this program.",
        HelpName = "DIR",
    };

    private readonly Option<int> _rounds = CommonOptions.Rounds("Starts of each to measure, after one that fills the file cache.", 5);

    private readonly Option<bool> _json = CommonOptions.Json("every start");

    public ColdStartCommand()
        : base(
            "cold-start",
            "Measure the app's start under the local host: to the first answer and the first vector over HTTP, with a warm file cache.")
    {
        Add(_models);
        Add(_apps);
        Add(_rounds);
        Add(_json);
        Examples =
        [
            "SimCse.Benchmarks cold-start --model bundle --app artifacts/functions",
            "SimCse.Benchmarks cold-start --model bundle --app artifacts/functions --app artifacts/jit --rounds 10 --json",
        ];
    }

    public override bool OwnsProcesses => true;

    public override async Task<int> RunAsync(CliContext context)
    {
        var variants = await VariantsAsync(context);
        var phases = new Phases(context.Terminal);
        await using var azurite = await phases.RunAsync(
            "Starting Azurite", () => AzuriteServer.StartAsync(cancellationToken: context.CancellationToken));
        await phases.RunAsync("Filling the file cache", () => RoundAsync(azurite.ConnectionString));
        variants.ForEach(variant => variant.Starts.Clear());
        await phases.RunAsync("Measuring", async () =>
        {
            for (var round = 0; round < context.Get(_rounds); round++)
            {
                await RoundAsync(azurite.ConnectionString);
            }
        });

        if (context.Get(_json))
        {
            context.Terminal.Line(ToJson(variants));
        }
        else
        {
            variants.ForEach(variant => Show(variant, context.Terminal));
        }

        return ExitCodes.Success;

        async Task RoundAsync(string connectionString)
        {
            foreach (var (app, bundle, starts) in variants)
            {
                starts.Add(await ColdStart.MeasureAsync(app, bundle.Folder, connectionString, context.CancellationToken));
            }
        }
    }

    private async Task<List<Variant>> VariantsAsync(CliContext context)
    {
        string[] apps = context.Get(_apps) is { Length: > 0 } given ? given : [FunctionsApp.Find()];
        if (apps.FirstOrDefault(app => !File.Exists(Path.Combine(app, ColdStart.HostFile))) is { } missing)
        {
            throw new CliException(
                $"--app is '{missing}', which holds no {ColdStart.HostFile}; expected the folder of a published Functions app.");
        }

        var variants = new List<Variant>();
        string?[] models = context.Get(_models) is { Length: > 0 } named ? [.. named] : [null];
        foreach (var model in models)
        {
            var bundle = await ModelSelection.OpenAsync(model, context.Terminal, context.CancellationToken);
            variants.AddRange(apps.Select(app => new Variant(app, bundle, [])));
        }

        return variants;
    }

    private static void Show(Variant variant, CliTerminal terminal)
    {
        var (app, bundle, starts) = variant;
        terminal.Line($"{app}, {bundle.Model.Name} in {bundle.Model.Precision.Name()}");
        var table = CliTable.Create("from the start of the worker", ">median", ">least", ">most");
        var stages = starts[0].Stages.Keys.OrderBy(
            stage => Statistics.Median(starts.Select(start => start.Stages.GetValueOrDefault(stage))));
        foreach (var stage in stages)
        {
            Row($"  {stage}, ms", start => start.Stages.GetValueOrDefault(stage), "N0");
        }

        Row("first answer, ms", start => start.AnswerMs, "N0");
        Row("first vector, ms", start => start.VectorMs, "N0");
        Row("worker's CPU until then, s", start => start.CpuSeconds, "0.00");
        Row("local host's CPU, s", start => start.HostCpuSeconds, "0.00");
        Row("worker's peak memory, MiB", start => start.PeakBytes / Mebi, "N0");
        terminal.Out.Write(table);

        void Row(string name, Func<ColdStart, double> value, string format) => table.Row(
            name, Number(Statistics.Median(starts.Select(value)), format), Number(starts.Min(value), format),
            Number(starts.Max(value), format));
    }

    private static string ToJson(List<Variant> variants) => JsonLine.Write(json =>
    {
        json.WriteStartArray("variants");
        foreach (var (app, bundle, starts) in variants)
        {
            json.WriteStartObject();
            json.WriteString("app", app);
            json.WriteString("model", bundle.Model.Name);
            json.WriteString("precision", bundle.Model.Precision.Name());
            json.WriteStartArray("starts");
            starts.ForEach(start => Write(json, start));
            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });

    private static void Write(Utf8JsonWriter json, ColdStart start)
    {
        json.WriteStartObject();
        json.WriteNumber("answerMs", start.AnswerMs);
        json.WriteStartObject("stagesMs");
        foreach (var (stage, ms) in start.Stages)
        {
            json.WriteNumber(stage, Math.Round(ms, 1));
        }

        json.WriteEndObject();
        json.WriteNumber("vectorMs", start.VectorMs);
        json.WriteNumber("cpuSeconds", start.CpuSeconds);
        json.WriteNumber("hostCpuSeconds", start.HostCpuSeconds);
        json.WriteNumber("peakBytes", start.PeakBytes);
        json.WriteEndObject();
    }

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);

    /// <summary>A variant of the app, and its starts so far.</summary>
    private sealed record Variant(string App, Bundle Bundle, List<ColdStart> Starts);
}
