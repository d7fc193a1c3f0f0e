using Microsoft.Extensions.Logging;

namespace SimCse.LocalHost;

/// <summary>Lets a component with logging of its own, such as a web server, use the caller's loggers without owning them.</summary>
internal sealed class ForwardedLogs(ILoggerFactory loggers) : ILoggerProvider
{
    /// <summary>Logs warnings and worse, except from the silent categories, which are also thrown or logged elsewhere.</summary>
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
        // The caller owns the factory.
    }
}
