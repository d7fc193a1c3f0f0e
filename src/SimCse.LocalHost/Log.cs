using Microsoft.Extensions.Logging;

namespace SimCse.LocalHost;

/// <summary>Everything that the local host says on its own.</summary>
internal static partial class Log
{
    [LoggerMessage(LogLevel.Information, "Host started: {Functions} functions, {Instances} instances, HTTP at {Address}")]
    public static partial void HostStarted(ILogger logger, int functions, int instances, Uri address);

    [LoggerMessage(LogLevel.Error, "Host stops: {Reason}")]
    public static partial void HostStops(ILogger logger, string reason);

    [LoggerMessage(LogLevel.Warning, "Invocations still run after {DrainTimeout}; they are cancelled")]
    public static partial void Cancelling(ILogger logger, TimeSpan drainTimeout);

    [LoggerMessage(LogLevel.Information, "Blob {Blob} announced on queue {Queue}")]
    public static partial void BlobAnnounced(ILogger logger, string blob, string queue);

    [LoggerMessage(LogLevel.Warning, "Storage failed while container {Container} was looked through for new blobs; trying again")]
    public static partial void BlobsNotListed(ILogger logger, Exception exception, string container);

    [LoggerMessage(LogLevel.Information, "Installing Azurite from npm, once for this user, into {Folder}")]
    public static partial void AzuriteInstalling(ILogger logger, string folder);

    [LoggerMessage(LogLevel.Information, "Azurite is installed")]
    public static partial void AzuriteInstalled(ILogger logger);

    [LoggerMessage(LogLevel.Debug, "azurite: {Line}")]
    public static partial void AzuriteOutput(ILogger logger, string line);

    [LoggerMessage(LogLevel.Information, "Azurite answers at {Blob} (blobs) and {Queue} (queues)")]
    public static partial void AzuriteReady(ILogger logger, string blob, string queue);

    [LoggerMessage(LogLevel.Warning, "The status of timer '{Function}' could not be written; the run may be repeated after a restart")]
    public static partial void TimerStatusNotWritten(ILogger logger, Exception exception, string function);

    [LoggerMessage(LogLevel.Information, "Executing '{Function}' (Reason='{Reason}', Id={InvocationId})")]
    public static partial void Executing(ILogger logger, string function, string reason, string invocationId);

    [LoggerMessage(LogLevel.Information, "Executed '{Function}' (Succeeded, Id={InvocationId}, Duration={DurationMs:0}ms)")]
    public static partial void Succeeded(ILogger logger, string function, string invocationId, double durationMs);

    [LoggerMessage(Message = "Executed '{Function}' ({End}, Id={InvocationId}, Duration={DurationMs:0}ms): {Reason}")]
    public static partial void Failed(
        ILogger logger, LogLevel level, string function, string end, string invocationId, double durationMs, string reason);

    [LoggerMessage(LogLevel.Error, "'{Function}' (Id={InvocationId}) exceeded functionTimeout {Timeout} and is cancelled")]
    public static partial void TimedOut(ILogger logger, string function, string invocationId, TimeSpan? timeout);

    [LoggerMessage(
        LogLevel.Error,
        "'{Function}' (Id={InvocationId}) did not end when it was cancelled; its worker is killed and restarted")]
    public static partial void NotEnded(ILogger logger, string function, string invocationId);

    [LoggerMessage(Message = "{Line}")]
    public static partial void WorkerOutput(ILogger logger, LogLevel level, string line);

    [LoggerMessage(LogLevel.Debug, "Worker started: process {ProcessId}")]
    public static partial void WorkerStarted(ILogger logger, int processId);

    [LoggerMessage(LogLevel.Information, "Worker ready: process {ProcessId} has loaded {Functions} functions")]
    public static partial void WorkerReady(ILogger logger, int processId, int functions);

    [LoggerMessage(LogLevel.Error, "Worker process {ProcessId} had not loaded its functions within {Timeout}")]
    public static partial void WorkerNotReady(ILogger logger, int processId, TimeSpan timeout);

    [LoggerMessage(LogLevel.Information, "Worker process {ProcessId} is restarted as asked (exit code {ExitCode})")]
    public static partial void WorkerRestarts(ILogger logger, int processId, int exitCode);

    [LoggerMessage(
        LogLevel.Warning,
        "Worker process {ProcessId} ended with exit code 0; the host does not restart it, and invocations will be refused")]
    public static partial void WorkerEndedForGood(ILogger logger, int processId);

    [LoggerMessage(LogLevel.Error, "Worker process {ProcessId} ended with exit code {ExitCode}")]
    public static partial void WorkerEnded(ILogger logger, int processId, int exitCode);
}
