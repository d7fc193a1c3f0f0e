using System.Globalization;
using Microsoft.Extensions.Logging;
using SimCse.Cli.Terminal;
using SimCse.Jobs;

namespace SimCse.Cli.Local;

/// <summary>Writes the log of the local host and its workers to a file, and its warnings to standard error as well. Thread-safe.</summary>
internal sealed class LogFile : ILoggerProvider
{
    /// <summary>How many logs of earlier runs are kept.</summary>
    private const int Kept = 5;

    private readonly Lock _gate = new();
    private readonly StreamWriter _file;
    private readonly LogLevel _shown;
    private readonly Func<string, LogLevel, bool>? _elsewhere;
    private bool _isClosed;

    /// <param name="path">The file. An earlier one becomes <c>NAME.1.log</c>, what that was <c>NAME.2.log</c>, and so on to 5.</param>
    /// <param name="shown">The lowest level that is also written to standard error.</param>
    /// <param name="elsewhere">Whether another component shows a line of this category and level, so that only the file gets it.</param>
    public LogFile(string path, LogLevel shown, Func<string, LogLevel, bool>? elsewhere = null)
    {
        PrivateFile.CreateFolder(System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path))!);
        KeepEarlier(path);
        _file = new StreamWriter(PrivateFile.Create(path, FileShare.ReadWrite | FileShare.Delete)) { AutoFlush = true };
        (_shown, _elsewhere) = (shown, elsewhere);
        Path = path;
    }

    public string Path { get; }

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    public void Dispose()
    {
        lock (_gate)
        {
            _isClosed = true;
            _file.Dispose();
        }
    }

    private static void KeepEarlier(string path)
    {
        for (var number = Kept; number >= 1; number--)
        {
            var newer = number == 1 ? path : System.IO.Path.ChangeExtension(path, $".{number - 1}.log");
            if (File.Exists(newer))
            {
                File.Move(newer, System.IO.Path.ChangeExtension(path, $".{number}.log"), overwrite: true);
            }
        }
    }

    private void Write(string category, LogLevel level, string message)
    {
        var time = DateTimeOffset.Now.ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture);
        var line = $"{time} {level.ToString().ToLowerInvariant()[..4]} {category[(category.LastIndexOf('.') + 1)..]}: {message}";
        line = VisibleText.EscapeLines(line); // messages hold foreign text, which must not pass for lines of the log
        lock (_gate)
        {
            if (!_isClosed)
            {
                _file.WriteLine(line);
            }

            if (level >= _shown && _elsewhere?.Invoke(category, level) != true)
            {
                CliTerminal.Log(line);
            }
        }
    }

    private sealed class Logger(LogFile log, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel is >= LogLevel.Debug and not LogLevel.None;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                log.Write(
                    category, logLevel,
                    exception is null ? formatter(state, exception) : $"{formatter(state, exception)} {exception.Message}");
            }
        }
    }
}
