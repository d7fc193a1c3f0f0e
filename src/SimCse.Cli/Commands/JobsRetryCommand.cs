using SimCse.Cli.Output;
using SimCse.Jobs.Clients;

namespace SimCse.Cli.Commands;

/// <summary><c>simcse jobs retry</c>: tries a job again.</summary>
internal sealed class JobsRetryCommand() : JobsChangeCommand("retry", "Try a failed or cancelled job again. What is done stays done.")
{
    protected override Task<JobStatus?> ChangeAsync(JobClient client, string job, CancellationToken cancellationToken) =>
        client.RetryAsync(job, cancellationToken);

    protected override string Describe(JobStatus status) =>
        $"Sent again: {status.Source} ({JobText.Number(status.Shards - status.ShardsDone)} shards to go). 'simcse jobs {status.Job}' " +
        "shows how far it is.";
}
