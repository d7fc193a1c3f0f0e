using SimCse.Cli.Output;
using SimCse.Cli.Terminal;
using SimCse.Jobs.Clients;
using Spectre.Console;

namespace SimCse.Cli.Progress;

/// <summary>
/// Shows a list of jobs until none of them runs: as a table that changes on a terminal, and piped as a line for each change.
/// </summary>
/// <param name="terminal">The terminal, on whose standard output the jobs are shown.</param>
/// <param name="client">The account's jobs.</param>
/// <param name="query">Which jobs to show.</param>
/// <param name="limit">The most jobs to show; <see langword="null"/> takes what fits on the terminal.</param>
internal sealed class JobsWatch(CliTerminal terminal, JobClient client, JobQuery query, int? limit)
{
    /// <summary>The lines of a table that are no rows, and one for the prompt.</summary>
    private const int LinesOfFrame = 5;

    private const int PipedRows = 100;

    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(2);

    private readonly Dictionary<string, string> _told = [];

    public Task RunAsync(CancellationToken cancellationToken) => CliTerminal.IsOutputInteractive
        ? terminal.Out.Live(new Text("")).StartAsync(context => PollAsync(
            statuses =>
            {
                context.UpdateTarget(JobsTable.Create(statuses, terminal.Out.Profile.Width));
                context.Refresh();
            },
            cancellationToken))
        : PollAsync(Tell, cancellationToken);

    private void Tell(IReadOnlyList<JobStatus> statuses)
    {
        foreach (var status in statuses.Reverse())
        {
            var line = $"{status.Job} {status.Source}: {status.State}, {JobText.Percent(status)} of {Amount.Of(status.Texts, "text")}";
            if (_told.GetValueOrDefault(status.Job) != line)
            {
                terminal.Line(JobText.Remark(status) is { Length: > 0 } remark ? $"{line}; {remark}" : line);
                _told[status.Job] = line;
            }
        }
    }

    private async Task PollAsync(Action<IReadOnlyList<JobStatus>> show, CancellationToken cancellationToken)
    {
        for (; ; await Task.Delay(PollInterval, cancellationToken))
        {
            var most = limit ?? (CliTerminal.IsOutputInteractive ? Math.Max(1, terminal.Out.Profile.Height - LinesOfFrame) : PipedRows);
            var unplanned = await client.CountUnplannedAsync(cancellationToken);
            var page = await client.ListPageAsync(query, most, cancellationToken: cancellationToken);
            show(page.Jobs);
            if (unplanned == 0 && page.Jobs.All(job => job.IsFinished))
            {
                if (page.ContinuationToken is not null)
                {
                    terminal.Note($"There are older jobs than these {Amount.Of(page.Jobs.Count)}; 'simcse jobs' shows all.");
                }

                return;
            }
        }
    }
}
