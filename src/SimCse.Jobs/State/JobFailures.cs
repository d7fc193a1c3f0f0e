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

    /// <summary>Removes the mark of a shard that is done after all.</summary>
    public Task ForgiveAsync(string job, int shard, CancellationToken cancellationToken) =>
        storage.Jobs.DeleteBlobIfExistsAsync(StorageNames.Failure(job, shard), cancellationToken: cancellationToken);

    /// <summary>
    /// Keeps the error of an attempt, because the poison queue later holds the message without its error. A null <paramref name="shard"/>
    /// stands for the plan. Throws nothing, because the caller is about to throw the error itself.
    /// </summary>
    public async Task RecordAttemptAsync(string job, int? shard, Exception error)
    {
        using var timeout = new CancellationTokenSource(AttemptTimeout, time);
        try
        {
            var attempt = new FailedAttempt(JobStorage.Describe(error), time.GetUtcNow(), shard, JobStorage.IsOutage(error));
            await JobStorage.WriteAsync(
                storage.Jobs, StorageNames.Attempt(job, shard), attempt, JobsJson.Default.FailedAttempt, timeout.Token);
        }
        catch (Exception e)
        {
            Log.AttemptNotRecorded(logger, job, e);
        }
    }

    /// <summary>The last attempt that failed; <see langword="null"/> when none was recorded.</summary>
    public async Task<FailedAttempt?> TryReadAttemptAsync(string job, int? shard, CancellationToken cancellationToken)
    {
        try
        {
            return await JobStorage.TryReadAsync(
                storage.Jobs, StorageNames.Attempt(job, shard), JobsJson.Default.FailedAttempt, cancellationToken);
        }
        catch (UnreadableRecordException e)
        {
            return new FailedAttempt(e.Message, default, shard); // that it failed is certain
        }
    }

    /// <summary>
    /// Counts that a shard, or the plan, is about to be sent again although nothing is wrong with it, and says whether it may be.
    /// </summary>
    public async Task<bool> TryCountResendAsync(string job, int? shard, CancellationToken cancellationToken)
    {
        var before = await TryReadResendAsync(storage, StorageNames.Resent(job, shard), cancellationToken);
        if (before is { Times: >= Resend.Limit })
        {
            return false;
        }

        var resend = new Resend((before?.Times ?? 0) + 1, time.GetUtcNow(), shard);
        Log.SentAgain(logger, job, resend.Describe());
        await JobStorage.WriteAsync(storage.Jobs, StorageNames.Resent(job, shard), resend, JobsJson.Default.Resend, cancellationToken);
        return true;
    }

    /// <summary>How often a shard, or the plan, was sent again. A count that cannot be read has reached its limit.</summary>
    public static async Task<Resend?> TryReadResendAsync(JobStorage storage, string blob, CancellationToken cancellationToken)
    {
        try
        {
            return await JobStorage.TryReadAsync(storage.Jobs, blob, JobsJson.Default.Resend, cancellationToken);
        }
        catch (UnreadableRecordException)
        {
            return new Resend(Resend.Limit, default, StorageNames.TryGetShard(blob, $"{blob[..blob.LastIndexOf('/')]}/"));
        }
    }

    /// <summary>Writes the result of a submission; does nothing when <paramref name="submission"/> is null.</summary>
    public Task AnswerAsync(string? submission, SubmissionResult result, CancellationToken cancellationToken) => submission is null
        ? Task.CompletedTask
        : JobStorage.WriteAsync(
            storage.Jobs, StorageNames.Submission(submission), result, JobsJson.Default.SubmissionResult, cancellationToken);

    private Task WriteAsync(string name, JobFailure failure, CancellationToken cancellationToken) =>
        JobStorage.WriteAsync(storage.Jobs, name, failure, JobsJson.Default.JobFailure, cancellationToken);
}
