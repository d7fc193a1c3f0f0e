using System.Globalization;
using Microsoft.Extensions.Logging;
using SimCse.Cli.Terminal;

namespace SimCse.Cli.Local;

/// <summary>
/// Shows what happens to files while the app runs: a line when one is noticed, planned, done or failed. The app's own log says the last
/// three. Thread-safe.
/// </summary>
internal sealed class ActivityLog(CliTerminal terminal) : ILoggerProvider
{
    /// <summary>Categories of the library that does the work.</summary>
    private const string Jobs = "SimCse.Jobs.";

    /// <summary>Names of events; those of single shards are for the log file.</summary>
    private static readonly HashSet<string> Milestones = ["Planned", "JobComplete"];

    private readonly Lock _gate = new();

    /// <summary>Whether a line is shown here, so that nobody else needs to.</summary>
    public static bool Shows(string category, LogLevel level) =>
        level >= LogLevel.Error && category.StartsWith(Jobs, StringComparison.Ordinal);

    public void Noticed(string source) => Write($"{source}: noticed.", isFailure: false);

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    public void Dispose()
    {
        // The terminal is the caller's.
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
