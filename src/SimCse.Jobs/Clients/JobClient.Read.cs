using System.Collections.Immutable;
using System.Globalization;
using Azure;
using Azure.Storage.Blobs.Models;
using SimCse.Jobs.State;
using SimCse.Jobs.Storage;
using SimCse.Jobs.Upkeep;

namespace SimCse.Jobs.Clients;

public sealed partial class JobClient
{
    /// <summary>The number of jobs in a list unless the caller asks for more.</summary>
    public const int DefaultMaxListed = 100;

    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(200);

    /// <summary>The newest <see cref="DefaultMaxListed"/> jobs, the newest first.</summary>
    public Task<IReadOnlyList<JobStatus>> ListAsync(CancellationToken cancellationToken = default) =>
        ListAsync(DefaultMaxListed, cancellationToken);

    /// <summary>The newest jobs, newest first; an empty list when the account has no container yet.</summary>
    public async Task<IReadOnlyList<JobStatus>> ListAsync(int max, CancellationToken cancellationToken = default) =>
        (await ListPageAsync(new JobQuery(), max, cancellationToken: cancellationToken)).Jobs;

    /// <summary>Lists the jobs that were asked for; none when the account has no container yet.</summary>
    public async Task<JobList> ListAsync(JobQuery query, CancellationToken cancellationToken = default)
    {
        var queued = CountQueued(cancellationToken);
        return new JobList(
            await JobListing.ReadAsync(storage, cancellationToken), query,
            (job, token) => GetAsync(job, queued, inFull: false, token));
    }

    /// <summary>A part of the list of jobs, the newest first. Each call lists the account's jobs once.</summary>
    /// <param name="query">Which jobs to list.</param>
    /// <param name="size">The most jobs of a part.</param>
    /// <param name="continuationToken">That of the part before; <see langword="null"/> begins.</param>
    /// <param name="cancellationToken">Cancels the requests.</param>
    /// <exception cref="FormatException">The token is none.</exception>
    public async Task<JobPage> ListPageAsync(
        JobQuery query, int size, string? continuationToken = null, CancellationToken cancellationToken = default) =>
        await (await ListAsync(query, cancellationToken)).ReadPageAsync(size, continuationToken, cancellationToken);

    /// <summary>The messages that belong to no job, newest first.</summary>
    public Task<IReadOnlyList<RejectedMessage>> ListRejectedAsync(CancellationToken cancellationToken = default) =>
        RejectedMessages.ListAsync(storage, cancellationToken);

    /// <summary>
    /// The status of a job; <see langword="null"/> when no job has this id. A job whose records cannot be read is
    /// <see cref="JobStatus.Unreadable"/>.
    /// </summary>
    public Task<JobStatus?> GetAsync(string job, CancellationToken cancellationToken = default) =>
        GetAsync(job, CountQueued(cancellationToken), inFull: true, cancellationToken);

    /// <summary>About how many sources wait to be planned.</summary>
    public async Task<int> CountUnplannedAsync(CancellationToken cancellationToken = default) =>
        await JobStorage.CountAsync(storage.PlanQueue, cancellationToken);

    /// <param name="job">The job's id.</param>
    /// <param name="queued">The length of the queue.</param>
    /// <param name="inFull">Whether to look up what a line in a list does not show.</param>
    /// <param name="cancellationToken">Cancels the requests.</param>
    private async Task<JobStatus?> GetAsync(string job, Lazy<Task<int>> queued, bool inFull, CancellationToken cancellationToken)
    {
        if (!JobId.IsValid(job))
        {
            return null;
        }

        JobManifest? manifest = null;
        try
        {
            manifest = await _manifests.TryGetAsync(job, cancellationToken);
            if (manifest is not null)
            {
                var status = await GetPlannedAsync(manifest, queued, cancellationToken);
                return status?.ErrorFile is { } file && (inFull || status.HasTooManyErrors)
                    ? status.WithFirstErrors(await FirstErrors.ReadAsync(storage, file, cancellationToken))
                    : status;
            }

            return await JobStorage.TryReadAsync(
                    storage.Jobs, StorageNames.Failed(job), JobsJson.Default.JobFailure, cancellationToken) is { } failure
                ? JobStatus.FromFailure(job, failure)
                : null;
        }
        catch (Exception e) when (e is UnreadableRecordException || (e is RequestFailedException && !JobStorage.IsOutage(e)))
        {
            return JobStatus.FromProblem(job, manifest, e);
        }
    }

    /// <summary>The blobs in <c>texts</c> that are no sources, as Reconcile last found; none before it has looked.</summary>
    public async Task<IgnoredSources?> GetIgnoredAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            var state = await JobStorage.TryReadAsync(
                storage.Jobs, StorageNames.Reconcile, JobsJson.Default.ReconcileState, cancellationToken);
            return state?.Ignored;
        }
        catch (UnreadableRecordException)
        {
            return null; // Reconcile makes it anew
        }
    }

    /// <summary>The result of a submission; <see langword="null"/> while it waits to be planned.</summary>
    public async Task<SubmissionResult?> TryGetSubmissionAsync(string submission, CancellationToken cancellationToken = default)
    {
        if (!PlanJobMessage.IsSubmission(submission))
        {
            return null;
        }

        try
        {
            return await JobStorage.TryReadAsync(
                storage.Jobs, StorageNames.Submission(submission), JobsJson.Default.SubmissionResult, cancellationToken);
        }
        catch (UnreadableRecordException e)
        {
            return new SubmissionResult(Error: $"{e.Message} The list of all jobs shows what became of it.");
        }
    }

    /// <summary>Waits until a submission is planned or has failed.</summary>
    /// <exception cref="OperationCanceledException">The caller cancelled. Without a running app, nothing is ever planned.</exception>
    public async Task<SubmissionResult> WaitForSubmissionAsync(string submission, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            if (await TryGetSubmissionAsync(submission, cancellationToken) is { } result)
            {
                return result;
            }

            await Task.Delay(PollInterval, _time, cancellationToken);
        }
    }

    private async Task<JobStatus?> GetPlannedAsync(JobManifest manifest, Lazy<Task<int>> queued, CancellationToken cancellationToken)
    {
        var success = await JobStorage.TryReadAsync(
            storage.Embeddings, StorageNames.Success(manifest.Source, manifest.Job), JobsJson.Default.JobSuccess, cancellationToken);
        var done = success is null
            ? await _progress.ReadAsync(manifest.Job, cancellationToken)
            : ImmutableSortedDictionary<int, ProgressRecord>.Empty;
        var (failures, notes) = (new List<JobFailure>(), new List<string>());
        var (cancelled, isLimitChanged, isDeleted, isThere) = (false, false, false, false);
        JobArithmetic? arithmetic = null;
        var running = new Dictionary<int, ShardProgress>();
        await foreach (var blob in storage.Jobs.GetBlobsAsync(
            new() { Prefix = $"{manifest.Job}/", Traits = BlobTraits.Metadata }, cancellationToken))
        {
            if (StorageNames.TryGetRunning(blob.Name, manifest.Job) is { } index && ShardProgress.TryRead(blob.Metadata) is { } told)
            {
                running[index] = told;
            }

            arithmetic = blob.Name == StorageNames.Arithmetic(manifest.Job) ? JobArithmetic.TryRead(blob.Metadata) : arithmetic;
            cancelled |= blob.Name == StorageNames.Cancelled(manifest.Job);
            isLimitChanged |= blob.Name == StorageNames.Limit(manifest.Job);
            isDeleted |= blob.Name == StorageNames.Deleted(manifest.Job);
            isThere |= blob.Name == StorageNames.Manifest(manifest.Job);
            if (StorageNames.TryGetShard(blob.Name, StorageNames.Failures(manifest.Job)) is { } shard && shard < manifest.Shards.Count
                && !done.ContainsKey(shard))
            {
                failures.Add(await ReadFailureAsync(blob, shard, cancellationToken));
            }
            else if (blob.Name.StartsWith(StorageNames.Resents(manifest.Job), StringComparison.Ordinal)
                && await JobFailures.TryReadResendAsync(storage, blob.Name, cancellationToken) is { } resend)
            {
                notes.Add(resend.Describe());
            }
        }

        if (!isThere)
        {
            _manifests.Forget(manifest.Job); // somebody has deleted it since it was read
            return null;
        }

        if (isDeleted)
        {
            notes.Add($"It is being deleted; 'simcse jobs delete {manifest.Job}' goes on with it.");
        }

        if (success is not null)
        {
            // Older failures were overcome; later ones are parts that were deleted.
            var complete = JobStatus.FromSuccess(manifest, success, failures.FindAll(failure => failure.At > success.CompletedOn));
            return complete with { IsBeingDeleted = isDeleted, Notes = [.. notes.FindAll(_ => isDeleted), .. complete.Notes] };
        }

        var limit = isLimitChanged ? await _limits.ReadAsync(manifest, cancellationToken) : manifest.Options.MaxErrors;
        var status = JobStatus.FromProgress(manifest, done, failures, notes, cancelled, limit, running) with { IsBeingDeleted = isDeleted };
        var lastDone = DateTimeOffset.FromUnixTimeMilliseconds(
            done.Values.Select(shard => shard.StartedMs + shard.TotalMs).DefaultIfEmpty().Max());
        return status.IsFinished ? status : status with
        {
            Waits = arithmetic?.DescribeWait(lastDone) ?? await DescribeWaitAsync(manifest, status, queued, cancellationToken),
        };
    }

    /// <summary>The length of the queue, asked for at most once.</summary>
    private Lazy<Task<int>> CountQueued(CancellationToken cancellationToken) =>
        new(() => JobStorage.CountAsync(storage.ShardsQueue, cancellationToken));

    private async Task<string?> DescribeWaitAsync(
        JobManifest manifest, JobStatus status, Lazy<Task<int>> queued, CancellationToken cancellationToken)
    {
        if (await _sent.TryReadAsync(manifest, cancellationToken) is not ({ } sent, _))
        {
            return "for the planner to put its shards into the queue";
        }

        var others = await queued.Value - Math.Max(0, sent.Sent - status.ShardsDone - status.ShardsFailed);
        var number = others.ToString("N0", CultureInfo.InvariantCulture);
        return others <= 0 ? null
            : status.ShardsDone == 0 ? $"in the queue, behind about {number} shards of other jobs"
            : $"takes turns with about {number} shards of other jobs";
    }

    /// <summary>That a shard has failed is certain, even if nobody can read why.</summary>
    private async Task<JobFailure> ReadFailureAsync(BlobItem blob, int shard, CancellationToken cancellationToken)
    {
        var at = blob.Properties.LastModified.GetValueOrDefault();
        try
        {
            var failure = await JobStorage.TryReadAsync(storage.Jobs, blob.Name, JobsJson.Default.JobFailure, cancellationToken);
            return (failure ?? new JobFailure("The record of the failure was deleted meanwhile.", at)) with { Shard = shard };
        }
        catch (UnreadableRecordException e)
        {
            return new JobFailure(e.Message, at, shard);
        }
    }
}
