using System.Diagnostics;
using SimCse.Cli.Terminal;
using SimCse.Jobs;
using SimCse.Jobs.Clients;
using Spectre.Console;

namespace SimCse.Cli.Progress;

/// <summary>
/// Waits for jobs and shows their progress: bars on a terminal, and an occasional line when piped. Many jobs have one bar or line together.
/// </summary>
internal sealed class JobProgress(CliTerminal terminal, JobClient client)
{
    private const int MaxShown = 10;

    /// <summary>The width from which on there is room for a bar beside the words.</summary>
    private const int Wide = 110;

    private const int WidthOfBar = 20;
    private const int WidthOfPercentage = 4 + 2;
    private const int WidthOfColumns = WidthOfBar + 1 + WidthOfPercentage + 8 + 1;
    private const int LeastName = 9;
    private const int Parallelism = 16;

    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LineInterval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan HintAfter = TimeSpan.FromSeconds(20);

    private bool IsNarrow => terminal.Err.Profile.Width < Wide;

    /// <summary>Returns when all jobs have finished, whether they succeeded or not.</summary>
    public Task WaitAsync(IReadOnlyList<WatchedJob> jobs, CancellationToken cancellationToken)
    {
        IReadOnlyList<IProgressLine> lines = jobs.Count <= MaxShown ? jobs : [new JobsTogether(jobs)];
        return CliTerminal.IsErrorInteractive
            ? terminal.Err.Progress().Columns([new TaskDescriptionColumn { Alignment = Justify.Left }, .. Columns(IsNarrow)])
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
                bar.Description = Markup.Escape(Describe(line, terminal.Err.Profile.Width));
            }
        }
    }

    /// <summary>One line: the name is cut, and the figures become fewer, where they would not fit beside the other columns.</summary>
    internal static string Describe(IProgressLine line, int width)
    {
        var room = width - (width < Wide ? WidthOfPercentage : WidthOfColumns);
        var figures = VisibleText.Escape(line.Describe(briefly: width < Wide));
        var name = CutText.Cut(VisibleText.Escape(line.Name), Math.Max(LeastName, room - CutText.Width(figures) - 2));
        return CutText.Cut($"{name}: {figures}", room);
    }

    internal static ProgressColumn[] Columns(bool isNarrow) => isNarrow
        ? [new PercentageColumn()]
        : [new ProgressBarColumn { Width = WidthOfBar }, new PercentageColumn(), new ElapsedTimeColumn()];

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
