using System.Diagnostics;
using System.Globalization;
using Spectre.Console;

namespace SimCse.Cli.Terminal;

/// <summary>Shows each step and the time that it took: with a spinner on a terminal, and as plain lines when piped.</summary>
internal sealed class Phases(CliTerminal terminal)
{
    /// <summary>A step that takes longer says so, each time.</summary>
    private static readonly TimeSpan SignOfLife = TimeSpan.FromSeconds(15);

    /// <param name="title">A description of the step in the user's words.</param>
    /// <param name="work">The work of the step.</param>
    /// <param name="outcome">Describes the result after the title; <see langword="null"/> when there is nothing to add.</param>
    public async Task<T> RunAsync<T>(string title, Func<Task<T>> work, Func<T, string>? outcome = null)
    {
        var watch = Stopwatch.StartNew();
        T result;
        if (CliTerminal.IsErrorInteractive)
        {
            result = await terminal.Err.Status().StartAsync(CliTerminal.Plain(title) + " …", _ => work());
        }
        else
        {
            terminal.Note($"{title} …");
            var running = work();
            while (await Task.WhenAny(running, Task.Delay(SignOfLife)) != running)
            {
                terminal.Note($"  {Math.Round(watch.Elapsed.TotalSeconds)} s …");
            }

            result = await running;
        }

        var seconds = watch.Elapsed.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture);
        var tail = outcome is null ? "" : $": {outcome(result)}";
        if (CliTerminal.IsErrorInteractive)
        {
            terminal.Err.MarkupLine($"[green]✓[/] {CliTerminal.Plain(title + tail)} [grey]({seconds} s)[/]");
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
