using Microsoft.Extensions.Logging;

namespace SimCse.LocalHost;

/// <summary>Gives a part with logging of its own, such as the web server, the caller's loggers without handing over their ownership.</summary>
internal sealed class ForwardedLogs(ILoggerFactory loggers) : ILoggerProvider
{
    public ILogger CreateLogger(string categoryName) => loggers.CreateLogger(categoryName);

    public void Dispose()
    {
        // The factory is the caller's.
    }
}
