using System.CommandLine;
using SimCse.Cli.CommandLine;
using SimCse.Cli.Storage;

namespace SimCse.Cli.Commands;

/// <summary><c>simcse jobs download</c>: fetches the parts of a complete job.</summary>
internal sealed class JobsDownloadCommand : CliCommand
{
    private readonly Argument<string> _job = CommonArguments.Job();
    private readonly Option<string> _output = new("--output", "-o")
    {
        Description = "Folder for the files; made when it does not exist.",
        HelpName = "DIR",
        Required = true,
    };

    private readonly SecretOption _connection = CommonOptions.Connection();
    private readonly Option<string> _data = CommonOptions.Data();

    public JobsDownloadCommand()
        : base("download", "Fetch the Parquet files of a job that has succeeded, with error files and _SUCCESS.")
    {
        Add(_job);
        Add(_output);
        _connection.AddTo(this);
        Add(_data);
    }

    public override async Task<int> RunAsync(CliContext context)
    {
        var job = context.Get(_job)!;
        var client = await StorageSelection.ConnectAsync(context, _connection.Read(context), context.Get(_data)!);
        var status = await client.GetAsync(job, context.CancellationToken)
            ?? throw JobsCommand.NotFound(job);
        var parts = await JobDownload.RunAsync(
            client.Storage, status, context.Get(_output)!, context.CancellationToken);
        foreach (var part in parts)
        {
            context.Terminal.Line(part);
        }

        return ExitCodes.Success;
    }
}
