using Microsoft.Extensions.DependencyInjection;
using SimCse.Cli.Output;
using SimCse.Jobs.Clients;

namespace SimCse.Cli.Commands;

/// <summary><c>simcse jobs retry</c>: tries a job again.</summary>
internal sealed class JobsRetryCommand() : JobsChangeCommand("retry", "Try a failed or cancelled job again. What is done stays done.")
{
    protected override Task<JobStatus?> ChangeAsync(IServiceProvider clients, string job, CancellationToken cancellationToken) =>
        clients.GetRequiredService<RetryJob>().RunAsync(job, cancellationToken);

    protected override string Describe(JobStatus status) =>
        $"Sent again: {status.Source} ({JobText.Number(status.Shards - status.ShardsDone)} shards to go). 'simcse jobs {status.Job}' shows how far it is.";
}
