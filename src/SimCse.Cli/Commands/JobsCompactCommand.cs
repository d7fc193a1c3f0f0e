using System.CommandLine;
using SimCse.Cli.CommandLine;
using SimCse.Cli.Output;
using SimCse.Cli.Progress;
using SimCse.Cli.Storage;
using SimCse.Jobs;
using SimCse.Jobs.Clients;

namespace SimCse.Cli.Commands;

/// <summary><c>simcse jobs compact</c>: merges the parts of a complete job into fewer files.</summary>
internal sealed class JobsCompactCommand : CliCommand
{
    private const int Megabyte = 1 << 20;

    private readonly Argument<string> _job = CommonArguments.Job();
    private readonly Option<int?> _size = new Option<int?>("--size")
    {
        Description = $"About how many MB a file gets. Default: {JobClient.DefaultMergedBytes / Megabyte}.",
        HelpName = "MB",
    }.AtLeast(1);

    private readonly SecretOption _connection = CommonOptions.Connection();
    private readonly Option<string> _data = CommonOptions.Data();

    public JobsCompactCommand()
        : base(
            "compact",
            "Merge the parts of a complete job into few large files, which readers over a network like better. Rows and their order " +
            "stay. The old parts go when the new _SUCCESS is there; run it again if it was cut off.")
    {
        Add(_job);
        Add(_size);
        _connection.AddTo(this);
        Add(_data);
        Examples = ["simcse jobs compact ID", "simcse jobs compact ID --size 64"];
    }

    public override async Task<int> RunAsync(CliContext context)
    {
        var client = await StorageSelection.ConnectAsync(context, _connection.Read(context), context.Get(_data)!);
        var status = await client.GetJobAsync(context.Get(_job)!, context.CancellationToken);
        var maxBytes = context.Get(_size) is { } size ? (long)size * Megabyte : JobClient.DefaultMergedBytes;
        try
        {
            var job = await JobParts.ShowAsync(
                client, status, context, progress => client.CompactAsync(status.Job, maxBytes, progress, context.CancellationToken));
            context.Terminal.Line(job.After == job.Before
                ? $"Job {status.Job} of {status.Source} stays as it is: no two of its {Amount.Of(job.Before, "part")} fit into one."
                : $"Merged {Amount.Of(job.Before, "part")} of job {status.Job} ({status.Source}) into {job.After}, of " +
                    $"{DownloadBar.Size(job.Bytes)} together.");
            return ExitCodes.Success;
        }
        catch (PermanentJobException e)
        {
            throw new CliException(e.Message, e, ExitCodes.Refused);
        }
        catch (InvalidDataException e)
        {
            throw new CliException($"{e.Message} Nothing was merged.", e);
        }
    }
}
