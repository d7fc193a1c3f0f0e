using Microsoft.Extensions.Logging;

namespace SimCse.LocalHost;

/// <summary>
/// Gives a part with logging of its own, such as a web server, the caller's loggers without handing over their ownership.
/// </summary>
internal sealed class ForwardedLogs(ILoggerFactory loggers) : ILoggerProvider
{
    /// <summary>Warnings and worse, but for what is thrown as well or said by somebody else.</summary>
    public static void Configure(ILoggingBuilder logging, ILoggerFactory loggers, params IEnumerable<string> silent)
    {
        logging.AddProvider(new ForwardedLogs(loggers)).SetMinimumLevel(LogLevel.Warning);
        foreach (var category in silent.Append("Microsoft.Extensions.Hosting"))
        {
            logging.AddFilter(category, LogLevel.None);
        }
    }

    public ILogger CreateLogger(string categoryName) => loggers.CreateLogger(categoryName);

    public void Dispose()
    {
        // The factory is the caller's.
    }
}
