using System.CommandLine;
using SimCse.Cli.CommandLine;
using SimCse.Cli.Output;
using SimCse.Cli.Storage;
using SimCse.Jobs.Clients;
using SimCse.Jobs.State;

namespace SimCse.Cli.Commands;

/// <summary>A command under <c>simcse jobs</c> that changes one job and says what became of it.</summary>
internal sealed class JobsChangeCommand : CliCommand
{
    private readonly Argument<string> _job = CommonArguments.Job();
    private readonly SecretOption _connection = CommonOptions.Connection();
    private readonly Option<string> _data = CommonOptions.Data();
    private readonly Option<bool> _json = CommonOptions.Json("the job");
    private readonly Option<ErrorLimit?> _maxErrors = MaxErrorsOption.Create("the job");
    private readonly Func<JobClient, string, ErrorLimit?, CancellationToken, Task<JobStatus?>> _change;
    private readonly Func<JobStatus, ErrorLimit?, string?> _problem;
    private readonly Func<JobStatus, string> _describe;

    private JobsChangeCommand(
        string name, string description, Func<JobClient, string, ErrorLimit?, CancellationToken, Task<JobStatus?>> change,
        Func<JobStatus, ErrorLimit?, string?> problem, Func<JobStatus, string> describe, bool hasLimit)
        : base(name, description)
    {
        (_change, _problem, _describe) = (change, problem, describe);
        Add(_job);
        if (hasLimit)
        {
            Add(_maxErrors);
        }

        _connection.AddTo(this);
        Add(_data);
        Add(_json);
    }

    /// <summary><c>simcse jobs retry</c></summary>
    public static JobsChangeCommand Retry() => new(
        "retry", "Try a failed or cancelled job again. What is done stays done.",
        (client, job, limit, cancellationToken) => client.RetryAsync(job, limit, cancellationToken),
        (status, limit) => status.RetryProblem(limit),
        status => $"Sent again: {status.Source} ({Amount.Of(status.Shards - status.ShardsDone, "shard")} to go). " +
            $"'simcse jobs {status.Job}' shows how far it is.",
        hasLimit: true);

    /// <summary><c>simcse jobs cancel</c></summary>
    public static JobsChangeCommand Cancel() => new(
        "cancel", "Stop a job: shards that have not begun are not encoded. 'retry' takes it up again.",
        (client, job, _, cancellationToken) => client.CancelAsync(job, cancellationToken),
        (status, _) => status.CancelProblem,
        status => $"{status.Source} is {status.State}.",
        hasLimit: false);

    public override async Task<int> RunAsync(CliContext context)
    {
        var job = context.Get(_job)!;
        var client = await StorageSelection.ConnectAsync(context, _connection.Read(context), context.Get(_data)!);
        var limit = context.Get(_maxErrors);
        job = await client.ResolveAsync(job, context.CancellationToken);
        var status = await _change(client, job, limit, context.CancellationToken) ?? throw JobReferences.NotFound(job);
        if (context.Get(_json))
        {
            context.Terminal.Json(CliJson.Serialize(status));
        }
        else if (_problem(status, limit) is null)
        {
            context.Terminal.Line(_describe(status));
        }

        if (_problem(status, limit) is { } problem)
        {
            context.Terminal.Error(problem);
            return ExitCodes.Refused;
        }

        return ExitCodes.Success;
    }
}
