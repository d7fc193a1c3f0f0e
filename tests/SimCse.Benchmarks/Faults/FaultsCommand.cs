using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using SimCse.Cli.Bench;
using SimCse.Cli.CommandLine;
using SimCse.Cli.Terminal;
using SimCse.Models;
using SimCse.Models.Untrained;

namespace SimCse.Benchmarks.Faults;

/// <summary><c>faults</c>: runs a <see cref="FaultCampaign"/>. It fails when anything is lost, doubled, out of order or wrong.</summary>
internal sealed class FaultsCommand : CliCommand
{
    private readonly Option<int> _files = Number("--files", "The number of sources.", 60);
    private readonly Option<int> _rows = Number("--rows", "The number of lines of all sources together.", 200_000);
    private readonly Option<int> _hosts = Number("--hosts", "The number of hosts, each with one worker.", 2);
    private readonly Option<int> _kills = Number("--kills", "How many processes to kill or stop, while there is work.", 30);
    private readonly Option<int> _percent = Number("--faults", "The share of requests to storage that are spoilt, in per cent.", 5);
    private readonly Option<int> _seed = Number("--seed", "The seed of chance. The machine's own chance comes on top.", 1);
    private readonly Option<int> _minutes = Number("--limit", "The minutes after which unfinished jobs count as lost.", 20);

    private readonly Option<string?> _folder = new("--folder")
    {
        Description = "Folder for storage and logs, which stay. Default: a temporary one.",
        HelpName = "DIR",
    };

    private readonly Option<bool> _json = CommonOptions.Json("the figures");

    public FaultsCommand()
        : base("faults", "Kill processes at random while jobs run, spoil their requests, and count with DuckDB what came out (Linux).")
    {
        foreach (var option in new Option[] { _files, _rows, _hosts, _kills, _percent, _seed, _minutes, _folder, _json })
        {
            Add(option);
        }

        Examples = ["SimCse.Benchmarks faults", "SimCse.Benchmarks faults --files 200 --rows 2000000 --kills 150 --limit 60"];
    }

    public override bool OwnsProcesses => true;

    public override async Task<int> RunAsync(CliContext context)
    {
        var folder = Directory.CreateDirectory(
            context.Get(_folder) ?? Directory.CreateTempSubdirectory("simcse-faults-").FullName).FullName;
        try
        {
            var options = new CampaignOptions(
                context.Get(_files), context.Get(_rows), context.Get(_hosts), context.Get(_kills), context.Get(_percent) / 100.0,
                context.Get(_seed), TimeSpan.FromMinutes(context.Get(_minutes)));
            var phases = new Phases(context.Terminal);
            var bundle = Path.Combine(folder, "bundle");
            await phases.RunAsync("Making a tiny model", () => Task.Run(() => CreateModel(Path.Combine(folder, "model"), bundle)));
            await using var campaign = new FaultCampaign(options, bundle, folder, phases);
            var result = await campaign.RunAsync(context.CancellationToken);
            Write(result, context);
            return result is { Unfinished: 0, Check.IsWhole: true } ? ExitCodes.Success : ExitCodes.Failure;
        }
        finally
        {
            if (context.Get(_folder) is null)
            {
                Directory.Delete(folder, recursive: true);
            }
        }
    }

    /// <summary>The smallest model there is, because a campaign is about rows, not vectors.</summary>
    private static void CreateModel(string model, string bundle)
    {
        RandomModel.Write(model, new RandomModelOptions { Layers = 1, Hidden = 64, Vocabulary = 0 });
        ModelImporter.Import(model, bundle);
    }

    private void Write(CampaignResult result, CliContext context)
    {
        if (context.Get(_json))
        {
            context.Terminal.Line(JsonSerializer.Serialize(result, JsonSerializerOptions.Web));
            return;
        }

        var table = CliTable.CreateFacts();
        foreach (var (kind, count) in result.Kills)
        {
            Row(kind, count);
        }

        Row("requests", result.Requests);
        Row("spoilt", result.Faults);
        Row("jobs retried by hand", result.Retries);
        Row("jobs unfinished", result.Unfinished);
        Row("parts", result.Check.Parts);
        Row("rows", result.Check.Rows);
        Row("error rows", result.Check.Errors);
        Row("lost", result.Check.Lost);
        Row("doubled", result.Check.Doubled);
        Row("out of order", result.Check.Disorder);
        Row("wrong", result.Check.Wrong);
        Row("seconds", result.Seconds);
        if (result.Recoveries.Count > 0)
        {
            Row("median seconds from a kill to the next part", Statistics.Median(result.Recoveries));
            Row("longest", result.Recoveries.Max());
        }

        context.Terminal.Out.Write(table);

        void Row(string what, double value) => table.Row(what, value.ToString("#,0.#", CultureInfo.InvariantCulture));
    }

    private static Option<int> Number(string name, string description, int value) => new(name)
    {
        Description = $"{description} Default: {value.ToString(CultureInfo.InvariantCulture)}.",
        DefaultValueFactory = _ => value,
        HelpName = "N",
    };
}
