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

    [LoggerMessage(
        LogLevel.Warning, "Storage failed while container {Container} was looked through for new blobs; trying again until it answers")]
    public static partial void BlobsNotListed(ILogger logger, Exception exception, string container);

    [LoggerMessage(LogLevel.Warning, "Blob {Blob} cannot be announced")]
    public static partial void BlobNotAnnounced(ILogger logger, Exception exception, string blob);

    [LoggerMessage(
        LogLevel.Warning,
        "Storage cannot list what stands in container {Container} between '{Marker}' and '{Behind}': the name of a blob holds a " +
        "character that XML cannot hold. It is not noticed; delete it, or upload it under another name")]
    public static partial void BlobNotListed(ILogger logger, string container, string marker, string behind);

    [LoggerMessage(LogLevel.Warning, "Storage does not answer for queue {Queue} as it should; trying again until it does: {Reason}")]
    public static partial void QueueNotRead(ILogger logger, string queue, string reason);

    [LoggerMessage(LogLevel.Warning, "Message {Id} of queue {Queue} could not be {What}; it is delivered again later: {Reason}")]
    public static partial void MessageNotSettled(ILogger logger, string id, string queue, string what, string reason);

    [LoggerMessage(LogLevel.Warning, "The status of timer '{Function}' could not be read; runs that were missed are not made up for")]
    public static partial void TimerStatusNotRead(ILogger logger, Exception exception, string function);

    [LoggerMessage(LogLevel.Information, "Installing Azurite from npm, once for this user, into {Folder}")]
    public static partial void AzuriteInstalling(ILogger logger, string folder);

    [LoggerMessage(LogLevel.Information, "Azurite is installed")]
    public static partial void AzuriteInstalled(ILogger logger);

    [LoggerMessage(LogLevel.Debug, "azurite: {Line}")]
    public static partial void AzuriteOutput(ILogger logger, string line);

    [LoggerMessage(LogLevel.Information, "Azurite answers at {Blob} (blobs) and {Queue} (queues)")]
    public static partial void AzuriteReady(ILogger logger, string blob, string queue);

    [LoggerMessage(
        LogLevel.Information, "The Azurite of an earlier run (process {ProcessId}) still writes to {Folder}; waiting until it has ended")]
    public static partial void AzuriteAwaited(ILogger logger, int processId, string folder);

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
