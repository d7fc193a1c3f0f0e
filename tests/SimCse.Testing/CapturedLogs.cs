using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Xunit;

namespace SimCse.Testing;

/// <summary>Keeps every logged line, and adds it to the test's output.</summary>
public sealed class CapturedLogs : ILoggerFactory
{
    private readonly ConcurrentQueue<Line> _lines = new();
    private readonly ITestOutputHelper? _output = TestContext.Current.TestOutputHelper;

    public sealed record Line(string Category, LogLevel Level, string Message);

    public IReadOnlyCollection<Line> Lines => _lines;

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException("Lines go to the test alone.");

    public void Dispose()
    {
        // There is nothing to dispose of.
    }

    private void Add(Line line)
    {
        _lines.Enqueue(line);
        try
        {
            _output?.WriteLine($"{line.Level}: {line.Category}: {line.Message}");
        }
        catch (InvalidOperationException)
        {
            // The test has ended, and a process that was killed still wrote a line.
        }
    }

    private sealed class Logger(CapturedLogs logs, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
            => logs.Add(new(category, logLevel, formatter(state, exception) + (exception is null ? "" : " " + exception)));
    }
}
