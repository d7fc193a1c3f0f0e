using SimCse.Jobs;

namespace SimCse.Functions.Telemetry;

/// <summary>
/// Makes the foreign text in what the app logs harmless, whichever terminal or log it reaches. A message is one line; an exception keeps
/// the lines of its stack trace.
/// </summary>
internal sealed class VisibleLogs(LoggerFactory loggers) : ILoggerFactory
{
    public ILogger CreateLogger(string categoryName) => new Logger(loggers.CreateLogger(categoryName));

    public void AddProvider(ILoggerProvider provider) => loggers.AddProvider(provider);

    public void Dispose() => loggers.Dispose();

    private sealed class Logger(ILogger inner) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => inner.BeginScope(state);

        public bool IsEnabled(LogLevel logLevel) => inner.IsEnabled(logLevel);

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (inner.IsEnabled(logLevel))
            {
                var visible = VisibleException.Of(exception);
                inner.Log(logLevel, eventId, state, visible, (s, e) => VisibleText.Escape(formatter(s, e)));
            }
        }
    }

    /// <summary>An exception in whose place only its text is given on, because that holds something that a terminal would obey.</summary>
    private sealed class VisibleException(Exception exception) : Exception(VisibleText.EscapeLines(exception.Message))
    {
        private readonly string _text = VisibleText.EscapeLines(exception.ToString());

        public override string? StackTrace { get; } = exception.StackTrace;

        public static Exception? Of(Exception? exception)
        {
            // A document keeps its lines as they are, so this differs only where there is something to escape.
            var text = exception?.ToString().ReplaceLineEndings("\n");
            return text is null || VisibleText.EscapeJson(text) == text ? exception : new VisibleException(exception!);
        }

        public override string ToString() => _text;
    }
}
