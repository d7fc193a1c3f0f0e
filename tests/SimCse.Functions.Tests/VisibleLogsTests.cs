using Microsoft.Extensions.Logging;
using SimCse.Functions.Telemetry;

namespace SimCse.Functions.Tests;

/// <summary>What the app logs, as every logger of it gets it.</summary>
public sealed class VisibleLogsTests
{
    [Fact]
    public void Foreign_text_in_a_message_or_an_exception_is_harmless()
    {
        var lines = new Lines();
        using var loggers = new VisibleLogs(new LoggerFactory([lines]));
        var logger = loggers.CreateLogger("a category");
        var (plain, evil) = (new InvalidOperationException("plain\nlines"), new InvalidOperationException("evil\u001b\nFORGED"));

        logger.Log(LogLevel.Warning, default, "name\u001b\nFORGED", plain, (name, _) => $"blob {name}");
        logger.Log(LogLevel.Warning, default, "猫", evil, (name, _) => name);

        Assert.Equal(["blob name\\u001b\\u000aFORGED", "猫"], lines.Select(line => line.Message));
        Assert.Same(plain, lines[0].Exception); // telemetry knows its type
        Assert.Equal("evil\\u001b\n  FORGED", lines[1].Exception!.Message);
        Assert.DoesNotContain('\u001b', lines[1].Exception!.ToString());
    }

    private sealed class Lines : List<(string Message, Exception? Exception)>, ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Add((formatter(state, exception), exception));

        public void Dispose()
        {
            // There is nothing to dispose of.
        }
    }
}
