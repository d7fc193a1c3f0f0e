using SimCse.Cli.Terminal;
using SimCse.Models.Pull;
using Spectre.Console;

namespace SimCse.Cli.Progress;

/// <summary>Shows one bar per file on a terminal, and one line per file when piped.</summary>
internal sealed class PullBars : IProgress<PullProgress>
{
    private readonly CliTerminal _terminal;
    private readonly ProgressContext? _context;
    private readonly Dictionary<string, ProgressTask?> _files = new(StringComparer.Ordinal);

    private PullBars(CliTerminal terminal, ProgressContext? context)
    {
        _terminal = terminal;
        _context = context;
    }

    /// <param name="terminal">The terminal, on whose standard error the bars are shown.</param>
    /// <param name="work">Gets an object to report all downloaded bytes to.</param>
    public static Task<T> ShowAsync<T>(CliTerminal terminal, Func<IProgress<PullProgress>, Task<T>> work) => CliTerminal.IsErrorInteractive
        ? terminal.Err.Progress()
            .Columns(
                new TaskDescriptionColumn(), new ProgressBarColumn(), new DownloadedColumn(), new TransferSpeedColumn(),
                new RemainingTimeColumn())
            .StartAsync(context => work(new PullBars(terminal, context)))
        : work(new PullBars(terminal, context: null));

    public void Report(PullProgress value)
    {
        if (!_files.TryGetValue(value.File, out var bar))
        {
            bar = _context?.AddTask(CliTerminal.Plain(value.File), maxValue: value.TotalBytes);
            _files.Add(value.File, bar);
            if (bar is null)
            {
                _terminal.Note($"{value.File} …");
            }
        }

        bar?.Value = value.Bytes;
    }
}
