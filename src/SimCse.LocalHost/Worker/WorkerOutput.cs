using Microsoft.Extensions.Logging;

namespace SimCse.LocalHost.Worker;

/// <summary>Logs the lines that a worker writes to its console with the same levels as the host.</summary>
/// <remarks>Source: WorkerProcess.cs of Azure/azure-functions-host at 89dc438d.</remarks>
internal sealed class WorkerOutput(ILogger console)
{
    /// <summary>The prefix of lines for the platform's own log, which is shown here only on request.</summary>
    private const string SystemLogPrefix = "LanguageWorkerConsoleLog";

    private static readonly string[] ErrorWords = ["error", "fail", "severe", "unhandled exception"];

    public void WriteStandardOutput(string line) => Write(LogLevel.Information, line);

    public void WriteStandardError(string line) => Write(
        Contains(line, "warn") ? LogLevel.Warning
            : ErrorWords.Any(word => Contains(line, word)) ? LogLevel.Error
            : LogLevel.Information, line);

    private void Write(LogLevel level, string line)
    {
        if (line.StartsWith(SystemLogPrefix, StringComparison.OrdinalIgnoreCase))
        {
            Log.WorkerOutput(console, LogLevel.Debug, line[SystemLogPrefix.Length..]);
        }
        else
        {
            Log.WorkerOutput(console, level, line);
        }
    }

    private static bool Contains(string line, string word) => line.Contains(word, StringComparison.OrdinalIgnoreCase);
}
