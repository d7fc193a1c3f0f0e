using Microsoft.Extensions.Logging;

namespace SimCse.LocalHost;

/// <summary>Gives the handler's lines the levels that the host gives them.</summary>
internal sealed partial class HandlerOutput(ILogger console)
{
    /// <summary>Lines for the platform's own log; nobody reads them here unless asked for.</summary>
    private const string SystemLogPrefix = "LanguageWorkerConsoleLog";

    public void WriteStandardOutput(string line)
    {
        if (line.StartsWith(SystemLogPrefix, StringComparison.OrdinalIgnoreCase))
        {
            LogSystem(console, line[SystemLogPrefix.Length..]);
        }
        else
        {
            LogOutput(console, line);
        }
    }

    public void WriteStandardError(string line)
    {
        if (line.StartsWith(SystemLogPrefix, StringComparison.OrdinalIgnoreCase))
        {
            LogSystem(console, line[SystemLogPrefix.Length..]);
        }
        else if (line.Contains("warn", StringComparison.OrdinalIgnoreCase))
        {
            LogWarning(console, line);
        }
        else
        {
            LogError(console, line);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Line}")]
    private static partial void LogOutput(ILogger logger, string line);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Line}")]
    private static partial void LogWarning(ILogger logger, string line);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Line}")]
    private static partial void LogError(ILogger logger, string line);

    [LoggerMessage(Level = LogLevel.Debug, Message = "{Line}")]
    private static partial void LogSystem(ILogger logger, string line);
}
