using Microsoft.Extensions.Logging;

namespace SimCse.Jobs;

internal static partial class Log
{
    [LoggerMessage(LogLevel.Information, "Job {Job}: planned {Source}; shards: {Shards}, texts: {Texts}.")]
    public static partial void Planned(ILogger logger, string job, string source, int shards, long texts);

    [LoggerMessage(LogLevel.Information, "Job {Job} of {Source} was deleted and is not begun anew until somebody submits its source.")]
    public static partial void DeletedStaysSo(ILogger logger, string job, string source);

    [LoggerMessage(LogLevel.Information, "Job {Job}: {Source} is planned already.")]
    public static partial void PlannedAlready(ILogger logger, string job, string source);

    [LoggerMessage(LogLevel.Information, "{Source} is ignored: its name is not that of a text source, or Jobs__Include and Jobs__Exclude " +
        "leave it out.")]
    public static partial void SourceIgnored(ILogger logger, string source);

    [LoggerMessage(LogLevel.Information, "{Source} was deleted, and its results are current no longer. They stay until somebody deletes " +
        "them.")]
    public static partial void SourceForgotten(ILogger logger, string source);

    [LoggerMessage(LogLevel.Error, "Job {Job}: {Source} failed: {Reason}")]
    public static partial void JobFailed(ILogger logger, string job, string source, string reason);

    [LoggerMessage(LogLevel.Error, "Job {Job}: shard {Shard} failed: {Reason}")]
    public static partial void ShardFailed(ILogger logger, string job, int shard, string reason);

    [LoggerMessage(LogLevel.Information, "Job {Job}: shard {Shard} gave {Rows} rows and {Errors} error rows in {Seconds:0.000} s, " +
        "{EncodeMs} ms of it in the encoder.")]
    public static partial void ShardEncoded(ILogger logger, string job, int shard, long rows, long errors, double seconds, long encodeMs);

    [LoggerMessage(LogLevel.Information, "Job {Job}: shard {Shard} is not encoded: {Reason}.")]
    public static partial void ShardSkipped(ILogger logger, string job, int shard, string reason);

    [LoggerMessage(LogLevel.Warning, "Job {Job}: shard {Shard} is handed back: this instance computes in {Own}, and the job's parts in " +
        "{Wanted}, to which Jobs__Arithmetic=strict keeps it. Without an instance of that kind it waits; Jobs__Arithmetic=label lets any " +
        "instance go on.")]
    public static partial void ShardHandedBack(ILogger logger, string job, int shard, string own, string wanted);

    [LoggerMessage(LogLevel.Warning, "No vectors are copied from {Blob}: {Reason}")]
    public static partial void NotReused(ILogger logger, string blob, string reason);

    [LoggerMessage(LogLevel.Information, "Job {Job}: {Source} is complete; rows: {Rows}, error rows: {Errors}.")]
    public static partial void JobComplete(ILogger logger, string job, string source, long rows, long errors);

    [LoggerMessage(LogLevel.Error, "Job {Job}: {Source} failed: {Errors} of {Texts} lines could not be encoded.")]
    public static partial void TooManyErrors(ILogger logger, string job, string source, long errors, long texts);

    [LoggerMessage(LogLevel.Warning, "Job {Job}: the error of an attempt could not be recorded.")]
    public static partial void AttemptNotRecorded(ILogger logger, string job, Exception error);

    [LoggerMessage(LogLevel.Warning, "Job {Job}: how far a shard is could not be told: {Reason}")]
    public static partial void ProgressNotTold(ILogger logger, string job, string reason);

    [LoggerMessage(LogLevel.Information, "Job {Job} of {Source} was deleted, {Blobs} blobs and {Bytes} bytes. {Reason}")]
    public static partial void JobRemoved(ILogger logger, string job, string source, int blobs, long bytes, string reason);

    [LoggerMessage(LogLevel.Warning, "Job {Job} is left as it is: {Reason}")]
    public static partial void JobSkipped(ILogger logger, string job, string reason);

    [LoggerMessage(LogLevel.Warning, "Job {Job}: {Reason}")]
    public static partial void RecordUnreadable(ILogger logger, string job, string reason);

    [LoggerMessage(LogLevel.Warning, "Job {Job}: {What}")]
    public static partial void SentAgain(ILogger logger, string job, string what);

    [LoggerMessage(LogLevel.Warning, "The container '{Container}' could not be listed, so lost sources are not found: {Reason} If this " +
        "stays, look for a blob whose name holds a control character, and delete it.")]
    public static partial void SourcesNotListed(ILogger logger, string container, string reason);

    [LoggerMessage(LogLevel.Error, "Queue {Queue}: rejected a message that is not ours: {Reason}")]
    public static partial void MessageRejected(ILogger logger, string queue, string reason);

    [LoggerMessage(LogLevel.Warning, "Reconcile: {What} could not be looked at; the rest goes on.")]
    public static partial void ReconcileStepFailed(ILogger logger, string what, Exception error);

    [LoggerMessage(LogLevel.Warning, "Reconcile: the source {Source} was left out: {Reason}")]
    public static partial void SourceSkipped(ILogger logger, string source, string reason);

    [LoggerMessage(LogLevel.Information, "Reconcile: planned {Sources} sources, completed {Jobs} jobs, sent {Shards} lost shards again.")]
    public static partial void Reconciled(ILogger logger, int sources, int jobs, int shards);
}
