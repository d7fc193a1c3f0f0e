using SimCse.Jobs.Clients;

namespace SimCse.Cli.Commands;

/// <summary><c>simcse jobs cancel</c>: stops a job.</summary>
internal sealed class JobsCancelCommand() : JobsChangeCommand(
    "cancel", "Stop a job: shards that have not begun are not encoded. 'retry' takes it up again.")
{
    protected override Task<JobStatus?> ChangeAsync(JobClient client, string job, CancellationToken cancellationToken) =>
        client.CancelAsync(job, cancellationToken);

    protected override string Describe(JobStatus status) => $"{status.Source} is {status.State}.";
}
