using SimCse.Cli.CommandLine;
using SimCse.Jobs.Clients;

namespace SimCse.Cli.Progress;

/// <summary>Shows how much of a complete job's parts has been read.</summary>
internal static class JobParts
{
    /// <exception cref="CliException">The job is not complete.</exception>
    public static async Task<T> ShowAsync<T>(
        JobClient client, JobStatus status, CliContext context, Func<IProgress<long>, Task<T>> work)
    {
        if (status.State != JobStatus.Succeeded
            || await client.TryGetSuccessAsync(status.Source, status.Job, context.CancellationToken) is not { } success)
        {
            throw new CliException(
                $"Job {status.Job} ({status.Source}) is {status.State}; expected one that has succeeded. {status.Reason}".TrimEnd(),
                exitCode: ExitCodes.Refused);
        }

        return await DownloadBar.ShowAsync(context.Terminal, status.Source, report =>
        {
            report(success.Record.Parts.Sum(part => part.Bytes));
            return work(new Counter(report));
        });
    }

    /// <summary><see cref="Progress{T}"/> would report later, and out of order.</summary>
    private sealed class Counter(Action<long> report) : IProgress<long>
    {
        public void Report(long value) => report(-value);
    }
}
