using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using SimCse.Cli.CommandLine;
using SimCse.Cli.Output;
using SimCse.Cli.Storage;
using SimCse.Jobs.Operations;

namespace SimCse.Cli.Commands;

/// <summary><c>simcse jobs cancel</c>: stops a job.</summary>
internal sealed class JobsCancelCommand : CliCommand
{
    private readonly Argument<string> _job = CommonArguments.Job();
    private readonly Option<string?> _connection = CommonOptions.Connection();
    private readonly Option<string> _data = CommonOptions.Data();
    private readonly Option<bool> _json = CommonOptions.Json("the job");

    public JobsCancelCommand()
        : base("cancel", "Stop a job: shards that have not begun are not encoded. 'retry' takes it up again.")
    {
        Add(_job);
        Add(_connection);
        Add(_data);
        Add(_json);
    }

    public override async Task<int> RunAsync(CliContext context)
    {
        var job = context.Get(_job)!;
        await using var clients = await StorageSelection.ConnectAsync(context, context.Get(_connection), context.Get(_data)!);
        var status = await clients.GetRequiredService<CancelJob>().RunAsync(job, context.CancellationToken) ?? throw JobsCommand.NotFound(job);
        context.Terminal.Line(
            context.Get(_json) ? CliJson.Of(status)
                : status.State == JobStatus.Succeeded ? $"{status.Source} is complete already; there is nothing to cancel."
                : $"{status.Source} is {status.State}.");
        return ExitCodes.Success;
    }
}
