using System.CommandLine;
using System.Globalization;
using SimCse.Cli.Bench;
using SimCse.Cli.CommandLine;
using SimCse.Cli.Local;
using SimCse.Cli.Models;
using SimCse.Cli.Output;
using SimCse.Cli.Terminal;
using SimCse.Inference;
using SimCse.LocalHost;

namespace SimCse.Cli.Commands;

/// <summary><c>simcse bench cold-start</c>: how long a new instance takes to its first vector.</summary>
internal sealed class BenchColdStartCommand : CliCommand
{
    private const double Mebi = 1 << 20;

    private readonly Option<string?> _model = CommonOptions.Model();

    private readonly Option<string?> _app = new("--app")
    {
        Description = "Folder of a published Functions app. Default: the one beside this program.",
        HelpName = "DIR",
    };

    private readonly Option<int> _rounds = new Option<int>("--rounds")
    {
        Description = "Starts to measure, after one that fills the file cache.",
        HelpName = "N",
        DefaultValueFactory = _ => 5,
    }.Between(1, 100);

    private readonly Option<bool> _json = CommonOptions.Json("every start");

    public BenchColdStartCommand()
        : base("cold-start", "Measure the handler's start: from its process to the open port and to the first vector over HTTP, with a warm file cache.")
    {
        Add(_model);
        Add(_app);
        Add(_rounds);
        Add(_json);
        Examples = ["simcse bench cold-start --model bundle", "simcse bench cold-start --rounds 10 --json"];
    }

    public override bool OwnsProcesses => true;

    public override async Task<int> RunAsync(CliContext context)
    {
        var bundle = await ModelSelection.OpenAsync(context.Get(_model), context.Terminal, context.CancellationToken);
        var app = context.Get(_app) ?? FunctionsApp.Find();
        if (!File.Exists(Path.Combine(app, "SimCse.Functions.dll")))
        {
            throw new CliException($"--app is '{app}', which holds no SimCse.Functions.dll; expected the folder of a published Functions app.");
        }

        var phases = new Phases(context.Terminal);
        await using var azurite = await phases.RunAsync("Starting Azurite", () => AzuriteServer.StartAsync(cancellationToken: context.CancellationToken));
        await phases.RunAsync("Filling the file cache", () => ColdStart.MeasureAsync(app, bundle.Folder, azurite.ConnectionString, context.CancellationToken));
        var starts = new List<ColdStart>();
        await phases.RunAsync("Measuring", async () =>
        {
            while (starts.Count < context.Get(_rounds))
            {
                starts.Add(await ColdStart.MeasureAsync(app, bundle.Folder, azurite.ConnectionString, context.CancellationToken));
            }
        });

        if (context.Get(_json))
        {
            context.Terminal.Line(ToJson(starts, bundle));
        }
        else
        {
            Show(starts, context.Terminal);
        }

        return ExitCodes.Success;
    }

    private static void Show(List<ColdStart> starts, CliTerminal terminal)
    {
        var table = CliTable.Create("from process start", ">median", ">least", ">most");
        Row("port open, ms", start => start.PortMs, "N0");
        Row("first vector, ms", start => start.VectorMs, "N0");
        Row("CPU until then, s", start => start.CpuSeconds, "0.00");
        Row("peak memory, MiB", start => start.PeakBytes / Mebi, "N0");
        terminal.Out.Write(table);

        void Row(string name, Func<ColdStart, double> value, string format) => table.Row(
            name, Number(Statistics.Median(starts.Select(value)), format), Number(starts.Min(value), format), Number(starts.Max(value), format));
    }

    private static string ToJson(List<ColdStart> starts, Bundle bundle) => JsonLine.Write(json =>
    {
        json.WriteString("model", bundle.ModelName);
        json.WriteString("precision", bundle.Precision);
        json.WriteStartArray("starts");
        foreach (var start in starts)
        {
            json.WriteStartObject();
            json.WriteNumber("portMs", start.PortMs);
            json.WriteNumber("vectorMs", start.VectorMs);
            json.WriteNumber("cpuSeconds", start.CpuSeconds);
            json.WriteNumber("peakBytes", start.PeakBytes);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
