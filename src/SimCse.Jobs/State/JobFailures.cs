using Microsoft.Extensions.Logging;
using SimCse.Jobs.Storage;

namespace SimCse.Jobs.State;

/// <summary>Records failures where <c>JobClient</c> reads them. Thread-safe.</summary>
internal sealed class JobFailures(JobStorage storage, TimeProvider time, ILogger<JobFailures> logger)
{
    /// <summary>Failing storage should not delay the error of the message itself for long.</summary>
    private static readonly TimeSpan AttemptTimeout = TimeSpan.FromSeconds(10);

    /// <summary>Records that the job cannot be planned.</summary>
    public Task FailAsync(JobKey identity, string reason, CancellationToken cancellationToken)
    {
        Log.JobFailed(logger, identity.Job, identity.Source, reason);
        JobsInstrumentation.JobsFailed.Add(1);
        return WriteAsync(
            StorageNames.Failed(identity.Job),
            new JobFailure(
                reason, time.GetUtcNow(), null, identity.Source, identity.Version, identity.Unread is null ? identity.Options : null,
                identity.Unread?.Message),
            cancellationToken);
    }

    /// <summary>Records that the shard cannot be encoded.</summary>
    public Task FailAsync(string job, int shard, string reason, CancellationToken cancellationToken)
    {
        Log.ShardFailed(logger, job, shard, reason);
        JobsInstrumentation.ShardsFailed.Add(1);
        return WriteAsync(StorageNames.Failure(job, shard), new JobFailure(reason, time.GetUtcNow(), shard), cancellationToken);
    }

    /// <summary>
    /// Keeps the error of an attempt, because the poison queue later holds the message without its error. A null <paramref name="shard"/>
    /// stands for the plan. Throws nothing, because the caller is about to throw the error itself.
    /// </summary>
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

    /// <summary>The error of the last attempt; <see langword="null"/> when none was recorded.</summary>
    public async Task<string?> TryReadAttemptAsync(string job, int? shard, CancellationToken cancellationToken)
    {
        var attempt = await JobStorage.TryReadAsync(
            storage.Jobs, StorageNames.Attempt(job, shard), JobsJson.Default.JobFailure, cancellationToken);
        return attempt?.Reason;
    }

    /// <summary>Writes the result of a submission; does nothing when <paramref name="submission"/> is null.</summary>
    public Task AnswerAsync(string? submission, SubmissionResult result, CancellationToken cancellationToken) => submission is null
        ? Task.CompletedTask
        : JobStorage.WriteAsync(
            storage.Jobs, StorageNames.Submission(submission), result, JobsJson.Default.SubmissionResult, cancellationToken);

    private Task WriteAsync(string name, JobFailure failure, CancellationToken cancellationToken) =>
        JobStorage.WriteAsync(storage.Jobs, name, failure, JobsJson.Default.JobFailure, cancellationToken);
}
