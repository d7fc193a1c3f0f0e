using System.CommandLine;
using SimCse.Cli.CommandLine;
using SimCse.Cli.Output;
using SimCse.Cli.Storage;
using SimCse.Jobs.Clients;

namespace SimCse.Cli.Commands;

/// <summary>A command under <c>simcse jobs</c> that changes one job and says what became of it.</summary>
internal sealed class JobsChangeCommand : CliCommand
{
    private readonly Argument<string> _job = CommonArguments.Job();
    private readonly SecretOption _connection = CommonOptions.Connection();
    private readonly Option<string> _data = CommonOptions.Data();
    private readonly Option<bool> _json = CommonOptions.Json("the job");
    private readonly Func<JobClient, string, CancellationToken, Task<JobStatus?>> _change;
    private readonly Func<JobStatus, string> _describe;

    private JobsChangeCommand(
        string name, string description, Func<JobClient, string, CancellationToken, Task<JobStatus?>> change,
        Func<JobStatus, string> describe)
        : base(name, description)
    {
        (_change, _describe) = (change, describe);
        Add(_job);
        _connection.AddTo(this);
        Add(_data);
        Add(_json);
    }

    /// <summary><c>simcse jobs retry</c></summary>
    public static JobsChangeCommand Retry() => new(
        "retry", "Try a failed or cancelled job again. What is done stays done.",
        (client, job, cancellationToken) => client.RetryAsync(job, cancellationToken),
        status => $"Sent again: {status.Source} ({JobText.Number(status.Shards - status.ShardsDone)} shards to go). " +
            $"'simcse jobs {status.Job}' shows how far it is.");

    /// <summary><c>simcse jobs cancel</c></summary>
    public static JobsChangeCommand Cancel() => new(
        "cancel", "Stop a job: shards that have not begun are not encoded. 'retry' takes it up again.",
        (client, job, cancellationToken) => client.CancelAsync(job, cancellationToken),
        status => $"{status.Source} is {status.State}.");

    public override async Task<int> RunAsync(CliContext context)
    {
        var job = context.Get(_job)!;
        var client = await StorageSelection.ConnectAsync(context, _connection.Read(context), context.Get(_data)!);
        var status = await _change(client, job, context.CancellationToken) ?? throw JobsCommand.NotFound(job);
        if (context.Get(_json))
        {
            context.Terminal.Json(CliJson.Serialize(status));
        }
        else
        {
            context.Terminal.Line(
                status.State == JobStatus.Succeeded ? $"{status.Source} is complete already; there is nothing to {Name}."
                    : _describe(status));
        }

        return ExitCodes.Success;
    }
}
