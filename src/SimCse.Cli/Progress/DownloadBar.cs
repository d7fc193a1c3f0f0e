using System.Globalization;
using SimCse.Cli.Terminal;
using Spectre.Console;

namespace SimCse.Cli.Progress;

/// <summary>Shows a bar of bytes on a terminal, and nothing when piped.</summary>
internal static class DownloadBar
{
    /// <param name="terminal">The terminal, on whose standard error the bar is shown.</param>
    /// <param name="title">What is fetched.</param>
    /// <param name="work">
    /// Gets a callback, which any thread may call: with the number of bytes that are still to come as soon as it is known, and with less
    /// than 0 for bytes that have arrived.
    /// </param>
    public static Task<T> ShowAsync<T>(CliTerminal terminal, string title, Func<Action<long>, Task<T>> work) =>
        CliTerminal.IsErrorInteractive
            ? terminal.Err.Progress().AutoClear(true)
                .Columns(
                    new TaskDescriptionColumn(), new ProgressBarColumn(), new DownloadedColumn(), new TransferSpeedColumn(),
                    new RemainingTimeColumn())
                .StartAsync(context => RunAsync(context, title, work))
            : work(_ => { });

    /// <summary>Bytes for people, such as <c>12.3 MB</c>.</summary>
    public static string Size(long bytes) => bytes switch
    {
        < 1_000 => string.Create(CultureInfo.InvariantCulture, $"{bytes} bytes"),
        < 1_000_000 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e3:0.0} kB"),
        < 1_000_000_000 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:0.0} MB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e9:0.0} GB"),
    };

    private static async Task<T> RunAsync<T>(ProgressContext context, string title, Func<Action<long>, Task<T>> work)
    {
        var bar = context.AddTask(CliTerminal.Plain(title), maxValue: 1);
        var (total, arrived, turn) = (0L, 0L, new Lock());
        var result = await work(bytes =>
        {
            lock (turn)
            {
                (total, arrived) = bytes > 0 ? (total + bytes, arrived) : (total, arrived - bytes);
                (bar.MaxValue, bar.Value) = (Math.Max(1, total), arrived);
            }
        });
        bar.StopTask();
        return result;
    }
}
