using System.CommandLine;
using System.Globalization;
using SimCse.Cli.CommandLine;
using SimCse.Cli.Output;
using SimCse.Cli.Storage;
using SimCse.Cli.Terminal;
using SimCse.Jobs.Storage;

namespace SimCse.Cli.Commands;

/// <summary><c>simcse sources</c>: which results are current.</summary>
internal sealed class SourcesCommand : CliCommand
{
    private readonly Argument<string> _prefix = new("PREFIX")
    {
        Description = "Only this source, or those whose names begin so. Default: all sources.",
        DefaultValueFactory = _ => "",
    };

    private readonly Option<DateTimeOffset?> _since = new("--since")
    {
        Description = "Only what became current after this time, such as 2026-11-27T09:00Z.",
        HelpName = "TIME",
        CustomParser = result =>
        {
            var text = result.Tokens[^1].Value;
            if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeLocal, out var time))
            {
                return time;
            }

            result.AddError($"--since is '{text}'; expected a time such as 2026-11-27 or 2026-11-27T09:00Z.");
            return null;
        },
    };

    private readonly SecretOption _connection = CommonOptions.Connection();
    private readonly Option<string> _data = CommonOptions.Data();
    private readonly Option<bool> _json = CommonOptions.Json("a line for each source");

    public SourcesCommand()
        : base("sources", "Show the sources that have results, and which job made the newest ones.")
    {
        Add(_prefix.NoOptions());
        Add(_since);
        _connection.AddTo(this);
        Add(_data);
        Add(_json);
        Examples = ["simcse sources", "simcse sources news/ --since 2026-11-27T09:00Z --json"];
    }

    public override async Task<int> RunAsync(CliContext context)
    {
        var client = await StorageSelection.ConnectAsync(context, _connection.Read(context), context.Get(_data)!);
        var sources = await client.ListCurrentAsync(context.Get(_prefix)!, context.Get(_since), context.CancellationToken);
        if (context.Get(_json))
        {
            foreach (var current in sources)
            {
                context.Terminal.Line(JsonLine.Write(json =>
                {
                    json.WriteString("source", current.Source);
                    json.WriteString("job", current.Job);
                    json.WriteString("path", $"{StorageNames.Embeddings}/{current.Path}");
                    json.WriteNumber("texts", current.Texts);
                    json.WriteString("changedOn", current.ChangedOn);
                }));
            }

            return ExitCodes.Success;
        }

        if (sources.Count == 0)
        {
            context.Terminal.Note("No source has results here" + (context.Has(_since) ? " since then." : " yet."));
            return ExitCodes.Success;
        }

        var table = CliTable.Create("source", "!job", ">texts", "!since");
        foreach (var current in sources)
        {
            table.Row(current.Source, current.Job, Amount.Of(current.Texts), JobText.Time(current.ChangedOn));
        }

        context.Terminal.Out.Write(table);
        return ExitCodes.Success;
    }
}
