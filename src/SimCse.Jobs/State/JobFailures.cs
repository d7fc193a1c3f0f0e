using Microsoft.Extensions.Logging;
using SimCse.Jobs.Storage;

namespace SimCse.Jobs.State;

/// <summary>Records what went wrong, where <c>JobClient</c> looks. Thread-safe.</summary>
internal sealed class JobFailures(JobStorage storage, TimeProvider time, ILogger<JobFailures> logger)
{
    /// <summary>A failing storage account should not hold the message's own error back for long.</summary>
    private static readonly TimeSpan AttemptTimeout = TimeSpan.FromSeconds(10);

    /// <summary>The job cannot be planned.</summary>
    public Task FailAsync(JobKey identity, string reason, CancellationToken cancellationToken)
    {
        Log.JobFailed(logger, identity.Job, identity.Source, reason);
        JobsInstrumentation.JobsFailed.Add(1);
        return WriteAsync(
            StorageNames.Failed(identity.Job),
            new JobFailure(reason, time.GetUtcNow(), null, identity.Source, identity.Version, identity.Options), cancellationToken);
    }

    /// <summary>The shard cannot be encoded.</summary>
    public Task FailAsync(string job, int shard, string reason, CancellationToken cancellationToken)
    {
        Log.ShardFailed(logger, job, shard, reason);
        JobsInstrumentation.ShardsFailed.Add(1);
        return WriteAsync(StorageNames.Failure(job, shard), new JobFailure(reason, time.GetUtcNow(), shard), cancellationToken);
    }

    /// <summary>
    /// Keeps the error of an attempt that will be repeated: should it be the last, the poison queue holds the message but not the error.
    /// Throws nothing, because the error itself is about to be thrown.
    /// </summary>
    /// <param name="job">Its id.</param>
    /// <param name="shard"><see langword="null"/> when it was planned.</param>
    /// <param name="error">What happened.</param>
    public async Task RecordAttemptAsync(string job, int? shard, Exception error)
    {
        using var timeout = new CancellationTokenSource(AttemptTimeout, time);
        try
        {
            await WriteAsync(StorageNames.Attempt(job, shard), new JobFailure(error.Message, time.GetUtcNow(), shard), timeout.Token);
        }
        catch (Exception e)
        {
            Log.AttemptNotRecorded(logger, job, e);
        }
    }

    /// <summary>The error of the last attempt.</summary>
    public async Task<string?> TryReadAttemptAsync(string job, int? shard, CancellationToken cancellationToken)
    {
        var attempt = await JobStorage.TryReadAsync(
            storage.Jobs, StorageNames.Attempt(job, shard), JobsJson.Default.JobFailure, cancellationToken);
        return attempt?.Reason;
    }

    /// <summary>Tells a submitter what became of the submission; nothing where nobody submitted.</summary>
    public Task AnswerAsync(string? submission, SubmissionResult result, CancellationToken cancellationToken) => submission is null
        ? Task.CompletedTask
        : JobStorage.WriteAsync(
            storage.Jobs, StorageNames.Submission(submission), result, JobsJson.Default.SubmissionResult, cancellationToken);

    private Task WriteAsync(string name, JobFailure failure, CancellationToken cancellationToken) =>
        JobStorage.WriteAsync(storage.Jobs, name, failure, JobsJson.Default.JobFailure, cancellationToken);
}
