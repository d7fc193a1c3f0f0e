using System.Diagnostics;
using SimCse.Cli.Terminal;
using SimCse.Jobs.Clients;
using Spectre.Console;

namespace SimCse.Cli.Progress;

/// <summary>
/// Waits for jobs and shows their progress: bars on a terminal, and an occasional line when piped. Many jobs have one bar or line together.
/// </summary>
internal sealed class JobProgress(CliTerminal terminal, JobClient client)
{
    private const int MaxShown = 10;
    private const int Parallelism = 16;

    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LineInterval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan HintAfter = TimeSpan.FromSeconds(20);

    /// <summary>Returns when all jobs have finished, whether they succeeded or not.</summary>
    public Task WaitAsync(IReadOnlyList<WatchedJob> jobs, CancellationToken cancellationToken)
    {
        IReadOnlyList<IProgressLine> lines = jobs.Count <= MaxShown ? jobs : [new JobsTogether(jobs)];
        return CliTerminal.IsErrorInteractive
            ? terminal.Err.Progress()
                .Columns(
                    new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(),
                    new ElapsedTimeColumn())
                .StartAsync(context => ShowBarsAsync(context, lines, jobs, cancellationToken))
            : ShowLinesAsync(lines, jobs, cancellationToken);
    }

    private async Task ShowBarsAsync(
        ProgressContext context, IReadOnlyList<IProgressLine> lines, IReadOnlyList<WatchedJob> jobs, CancellationToken cancellationToken)
    {
        var bars = lines.Select(line => context.AddTask(CliTerminal.Plain(line.Name), maxValue: 1)).ToList();
        await PollAsync(jobs, Update, cancellationToken);

        void Update()
        {
            foreach (var (line, bar) in lines.Zip(bars))
            {
                bar.IsIndeterminate = !line.HasBegun;
                bar.Value = line.IsFinished ? 1 : line.Fraction;
                bar.Description = $"{CliTerminal.Plain(line.Name)}: {CliTerminal.Plain(line.Describe())}";
            }
        }
    }

    private Task ShowLinesAsync(
        IReadOnlyList<IProgressLine> lines, IReadOnlyList<WatchedJob> jobs, CancellationToken cancellationToken)
    {
        var shown = new string[lines.Count];
        var watch = Stopwatch.StartNew();
        return PollAsync(jobs, Update, cancellationToken);

        void Update()
        {
            var isTime = watch.Elapsed >= LineInterval;
            for (var i = 0; i < lines.Count; i++)
            {
                if (shown[i] is null || lines[i].IsFinished || isTime)
                {
                    var line = $"{lines[i].Name}: {lines[i].Describe()}";
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
            await Parallel.ForEachAsync(
                jobs.Where(job => !job.IsFinished),
                new ParallelOptions { MaxDegreeOfParallelism = Parallelism, CancellationToken = cancellationToken },
                async (job, token) => await job.UpdateAsync(client, token));

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
