using SimCse.Cli.CommandLine;
using SimCse.Jobs.Clients;

namespace SimCse.Cli.Storage;

/// <summary>Finds the job that an argument stands for: an id, the beginning of one, or a submission.</summary>
internal static class JobReferences
{
    /// <returns>The job's id.</returns>
    /// <exception cref="CliException">There is no such job, or there are several.</exception>
    public static async Task<string> ResolveAsync(this JobClient client, string id, CancellationToken cancellationToken) =>
        await client.FindAsync(id, cancellationToken) is var found && found.Job is { } job ? job : throw new CliException(Problem(found));

    /// <returns>The job's status.</returns>
    /// <exception cref="CliException">There is no such job, or there are several.</exception>
    public static async Task<JobStatus> GetJobAsync(this JobClient client, string id, CancellationToken cancellationToken) =>
        await client.GetAsync(await client.ResolveAsync(id, cancellationToken), cancellationToken) ?? throw NotFound(id);

    public static CliException NotFound(string job) =>
        new($"There is no job '{job}' in this storage account; 'simcse jobs' lists those that there are.");

    /// <summary>Nothing that could be fetched or searched has the name.</summary>
    public static CliException NoSource(string sourceOrPrefix) =>
        new($"No source is called '{sourceOrPrefix}' or begins so and has a complete job; 'simcse jobs' lists all jobs.");

    private static string Problem(JobReference reference) => reference.IsPlanning
        ? reference.Problem!
        : $"{reference.Problem} 'simcse jobs' lists those that there are.";
}
