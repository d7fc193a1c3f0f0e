using System.Diagnostics;
using SimCse.Cli.Terminal;
using SimCse.Jobs.Clients;
using Spectre.Console;

namespace SimCse.Cli.Progress;

/// <summary>Waits for jobs and shows their progress: bars on a terminal, and an occasional line when piped.</summary>
internal sealed class JobProgress(CliTerminal terminal, JobClient client)
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LineInterval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan HintAfter = TimeSpan.FromSeconds(20);

    /// <summary>Returns when all jobs have finished, whether they succeeded or not.</summary>
    public Task WaitAsync(IReadOnlyList<WatchedJob> jobs, CancellationToken cancellationToken) => CliTerminal.IsErrorInteractive
        ? terminal.Err.Progress()
            .Columns(
                new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(),
                new ElapsedTimeColumn())
            .StartAsync(context => ShowBarsAsync(context, jobs, cancellationToken))
        : ShowLinesAsync(jobs, cancellationToken);

    private async Task ShowBarsAsync(ProgressContext context, IReadOnlyList<WatchedJob> jobs, CancellationToken cancellationToken)
    {
        var bars = jobs.Select(job => context.AddTask(CliTerminal.Plain(job.Source), maxValue: 1)).ToList();
        await PollAsync(jobs, Update, cancellationToken);

        void Update()
        {
            foreach (var (job, bar) in jobs.Zip(bars))
            {
                bar.IsIndeterminate = job.Status is null;
                bar.Value = job.IsFinished ? 1 : job.Fraction;
                bar.Description = $"{CliTerminal.Plain(job.Source)}: {job.Describe()}";
            }
        }
    }

    private Task ShowLinesAsync(IReadOnlyList<WatchedJob> jobs, CancellationToken cancellationToken)
    {
        var shown = new string[jobs.Count];
        var watch = Stopwatch.StartNew();
        return PollAsync(jobs, Update, cancellationToken);

        void Update()
        {
            var isTime = watch.Elapsed >= LineInterval;
            for (var i = 0; i < jobs.Count; i++)
            {
                if (shown[i] is null || jobs[i].IsFinished || isTime)
                {
                    var line = $"{jobs[i].Source}: {jobs[i].Describe()}";
                    if (shown[i] != line)
                    {
                        terminal.Note(line);
                        shown[i] = line;
                    }
                }
            }

            if (isTime)
            {
                watch.Restart();
            }
        }
    }

    private async Task PollAsync(IReadOnlyList<WatchedJob> jobs, Action update, CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        for (var isHinted = false; ; await Task.Delay(PollInterval, cancellationToken))
        {
            foreach (var job in jobs.Where(job => !job.IsFinished))
            {
                await job.UpdateAsync(client, cancellationToken);
            }

            update();
            if (jobs.All(job => job.IsFinished))
            {
                return;
            }

            if (!isHinted && watch.Elapsed > HintAfter && jobs.All(job => job.Status is null))
            {
                isHinted = true;
                terminal.Warn(
                    "nothing has taken the work up yet; does a Functions app run on this storage account ('simcse up' does here)?");
            }
        }
    }
}
