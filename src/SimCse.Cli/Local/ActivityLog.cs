using System.Globalization;
using Microsoft.Extensions.Logging;
using SimCse.Cli.Terminal;

namespace SimCse.Cli.Local;

/// <summary>
/// Shows a line when the running app notices a file, has planned it, completes it or fails. The last three lines come from the app's own
/// log. Thread-safe.
/// </summary>
internal sealed class ActivityLog(CliTerminal terminal) : ILoggerProvider
{
    /// <summary>The prefix of the log categories of the library that does the work.</summary>
    private const string Jobs = "SimCse.Jobs.";

    /// <summary>The names of the log events to show. Events of single shards only go to the log file.</summary>
    private static readonly HashSet<string> Milestones = ["Planned", "SourceIgnored", "JobComplete"];

    private readonly Lock _gate = new();

    /// <summary>Whether this class shows a line as an error, so that others need not show it again.</summary>
    public static bool Shows(string category, LogLevel level) =>
        level >= LogLevel.Error && category.StartsWith(Jobs, StringComparison.Ordinal);

    public void Noticed(string source) => Write($"{source}: noticed.", isFailure: false);

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    public void Dispose()
    {
        // The caller owns the terminal.
    }

    private void Write(string sentence, bool isFailure)
    {
        var line = $"{DateTimeOffset.Now.ToString("HH:mm:ss", CultureInfo.InvariantCulture)}  {sentence}";
        lock (_gate)
        {
            if (isFailure)
            {
                terminal.FailureLine(line);
            }
            else
            {
                terminal.Line(line);
            }
        }
    }

    private sealed class Logger(ActivityLog activity, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => category.StartsWith(Jobs, StringComparison.Ordinal);

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel) && (Milestones.Contains(eventId.Name ?? "") || Shows(category, logLevel)))
            {
                activity.Write(formatter(state, exception), Shows(category, logLevel));
            }
        }
    }
}
