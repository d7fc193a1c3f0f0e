using System.Globalization;
using SimCse.Cli.Terminal;
using Spectre.Console;

namespace SimCse.Cli.Progress;

/// <summary>Shows a progress bar of texts on a terminal, and nothing when piped.</summary>
internal static class EncodeProgress
{
    /// <param name="terminal">The terminal, on whose standard error the bar is shown.</param>
    /// <param name="total">The number of texts.</param>
    /// <param name="work">Gets a callback to call with the number of texts that are done.</param>
    public static Task<T> ShowAsync<T>(CliTerminal terminal, long total, Func<Action<long>, Task<T>> work) => CliTerminal.IsErrorInteractive
        ? terminal.Err.Progress()
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .StartAsync(context => RunAsync(context, total, work))
        : work(_ => { });

    private static Task<T> RunAsync<T>(ProgressContext context, long total, Func<Action<long>, Task<T>> work)
    {
        var rate = new JobRate(TimeProvider.System);
        rate.Add(0);
        var bar = context.AddTask("encoding", maxValue: total);
        return work(texts =>
        {
            rate.Add(texts);
            bar.Value = texts;
            bar.Description = string.Create(
                CultureInfo.InvariantCulture, $"{texts:N0} of {total:N0} texts, {rate.TextsPerSecond ?? 0:N0} texts/s");
        });
    }
}
