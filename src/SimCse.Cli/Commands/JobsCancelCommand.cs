using Microsoft.Extensions.DependencyInjection;
using SimCse.Jobs.Clients;

namespace SimCse.Cli.Commands;

/// <summary><c>simcse jobs cancel</c>: stops a job.</summary>
internal sealed class JobsCancelCommand() : JobsChangeCommand(
    "cancel", "Stop a job: shards that have not begun are not encoded. 'retry' takes it up again.")
{
    protected override Task<JobStatus?> ChangeAsync(IServiceProvider clients, string job, CancellationToken cancellationToken) =>
        clients.GetRequiredService<CancelJob>().RunAsync(job, cancellationToken);

    protected override string Describe(JobStatus status) => $"{status.Source} is {status.State}.";
}
