using System.Diagnostics;
using System.Globalization;
using Spectre.Console;

namespace SimCse.Cli.Terminal;

/// <summary>
/// Shows what is going on, step by step, with the time that each step took: a spinner on a terminal, plain lines when piped.
/// </summary>
internal sealed class Phases(CliTerminal terminal)
{
    /// <param name="title">What is done, as a user would say it.</param>
    /// <param name="work">The step.</param>
    /// <param name="outcome">What came of it, after the title; <see langword="null"/> when there is nothing to add.</param>
    public async Task<T> RunAsync<T>(string title, Func<Task<T>> work, Func<T, string>? outcome = null)
    {
        var watch = Stopwatch.StartNew();
        T result;
        if (CliTerminal.IsErrorInteractive)
        {
            result = await terminal.Err.Status().StartAsync(Markup.Escape(title) + " …", _ => work());
        }
        else
        {
            terminal.Note($"{title} …");
            result = await work();
        }

        var seconds = watch.Elapsed.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture);
        var tail = outcome is null ? "" : $": {outcome(result)}";
        if (CliTerminal.IsErrorInteractive)
        {
            terminal.Err.MarkupLine($"[green]✓[/] {Markup.Escape(title + tail)} [grey]({seconds} s)[/]");
        }
        else
        {
            terminal.Note($"  done in {seconds} s{tail}");
        }

        return result;
    }

    public Task RunAsync(string title, Func<Task> work, Func<string>? outcome = null) => RunAsync(
        title,
        async () =>
        {
            await work();
            return true;
        },
        outcome is null ? null : _ => outcome());
}
