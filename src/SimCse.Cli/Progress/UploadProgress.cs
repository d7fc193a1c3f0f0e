using System.Diagnostics;
using SimCse.Cli.Output;
using SimCse.Cli.Terminal;
using Spectre.Console;

namespace SimCse.Cli.Progress;

/// <summary>Shows how many of a number of uploads are done, in one place: a bar on a terminal, and an occasional line when piped.</summary>
internal sealed class UploadProgress
{
    private static readonly TimeSpan LineInterval = TimeSpan.FromSeconds(5);

    private readonly CliTerminal _terminal;
    private readonly ProgressTask? _bar;
    private readonly int _count;
    private readonly Lock _lock = new();
    private readonly Stopwatch _watch = Stopwatch.StartNew();
    private int _done;

    private UploadProgress(CliTerminal terminal, ProgressTask? bar, int count) => (_terminal, _bar, _count) = (terminal, bar, count);

    /// <param name="terminal">The terminal, on whose standard error the progress is shown.</param>
    /// <param name="count">The number of uploads.</param>
    /// <param name="work">Does them, and calls <see cref="Add"/> after each.</param>
    public static Task ShowAsync(CliTerminal terminal, int count, Func<UploadProgress, Task> work) =>
        CliTerminal.IsErrorInteractive && count > 1
            ? terminal.Err.Progress()
                .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
                .StartAsync(context => work(new UploadProgress(terminal, context.AddTask("uploading", maxValue: count), count)))
            : work(new UploadProgress(terminal, bar: null, count));

    public void Add()
    {
        lock (_lock)
        {
            _done++;
            _bar?.Value = _done;
            _bar?.Description = Describe();
            if (_bar is null && _done < _count && _watch.Elapsed > LineInterval)
            {
                _terminal.Note(Describe());
                _watch.Restart();
            }
        }
    }

    private string Describe() => $"{Amount.Of(_done)} of {Amount.Of(_count, "file")} uploaded";
}
