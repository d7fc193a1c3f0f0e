using System.CommandLine;
using SimCse.Cli.CommandLine;
using SimCse.Cli.Output;
using SimCse.Cli.Storage;

namespace SimCse.Cli.Commands;

/// <summary><c>simcse sync</c>: keeps a folder up to date with the newest results of all sources.</summary>
internal sealed class SyncCommand : CliCommand
{
    private readonly Argument<string> _prefix = new("PREFIX")
    {
        Description = "Only this source, or those whose names begin so. Default: all sources.",
        DefaultValueFactory = _ => "",
    };

    private readonly Option<string> _output = new("--output", "-o")
    {
        Description = "Folder for the results, laid out as in storage: SOURCE/JOB/part-00000.parquet and _latest/SOURCE.json.",
        HelpName = "DIR",
        DefaultValueFactory = _ => NextCommand.DefaultFolder,
    };

    private readonly Option<bool> _deleteOld = new("--delete-old")
    {
        Description = "Delete older versions of a source from DIR once its newest version is there. Without it, nothing is ever deleted.",
    };

    private readonly SecretOption _connection = CommonOptions.Connection();
    private readonly Option<string> _data = CommonOptions.Data();

    public SyncCommand()
        : base(
            "sync",
            "Fetch the newest Parquet files of all sources, as far as they are not there yet; _latest.sql gives DuckDB a view of them.")
    {
        Add(_prefix.NoOptions());
        Add(_output.NotEmpty());
        Add(_deleteOld);
        _connection.AddTo(this);
        Add(_data);
        Examples = ["simcse sync", "simcse sync news/2026 -o results --delete-old"];
    }

    public override async Task<int> RunAsync(CliContext context)
    {
        var client = await StorageSelection.ConnectAsync(context, _connection.Read(context), context.Get(_data)!);
        return await LatestReport.RunAsync(
            client, context.Get(_prefix)!, context.Get(_output)!, new LatestReport.Options(DeletesOld: context.Get(_deleteOld)), context);
    }
}
