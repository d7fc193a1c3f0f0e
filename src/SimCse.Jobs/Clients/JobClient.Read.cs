using Azure.Storage.Blobs.Models;
using SimCse.Jobs.State;
using SimCse.Jobs.Storage;

namespace SimCse.Jobs.Clients;

public sealed partial class JobClient
{
    /// <summary>Of a list unless asked for more.</summary>
    public const int DefaultMaxListed = 100;

    private const int Parallelism = 8;

    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(200);

    /// <summary>The newest <see cref="DefaultMaxListed"/> jobs, the newest first.</summary>
    public Task<IReadOnlyList<JobStatus>> ListAsync(CancellationToken cancellationToken = default) =>
        ListAsync(DefaultMaxListed, cancellationToken);

    /// <summary>The newest jobs, the newest first. The account may not hold a container yet: then there are none.</summary>
    public async Task<IReadOnlyList<JobStatus>> ListAsync(int max, CancellationToken cancellationToken = default)
    {
        var newest = (await JobListing.ReadAsync(storage, cancellationToken))
            .Where(job => job.Value.IsPlanned || job.Value.HasFailed)
            .OrderByDescending(job => job.Value.CreatedOn).ThenBy(job => job.Key, StringComparer.Ordinal)
            .Take(max).Select(job => job.Key).ToList();
        var statuses = new JobStatus?[newest.Count];
        await Parallel.ForAsync(
            0, newest.Count, new ParallelOptions { MaxDegreeOfParallelism = Parallelism, CancellationToken = cancellationToken },
            async (i, token) => statuses[i] = await GetAsync(newest[i], token));
        return [.. statuses.OfType<JobStatus>().OrderByDescending(status => status.CreatedOn)];
    }

    /// <summary>Messages that were no job's, the newest first.</summary>
    public Task<IReadOnlyList<RejectedMessage>> ListRejectedAsync(CancellationToken cancellationToken = default) =>
        RejectedMessages.ListAsync(storage, cancellationToken);

    /// <summary>One job; <see langword="null"/> when there is none of that id.</summary>
    public async Task<JobStatus?> GetAsync(string job, CancellationToken cancellationToken = default)
    {
        if (!JobId.IsValid(job))
        {
            return null;
        }

        return await _manifests.TryGetAsync(job, cancellationToken) is { } manifest
            ? await GetPlannedAsync(manifest, cancellationToken)
            : await JobStorage.TryReadAsync(
                storage.Jobs, StorageNames.Failed(job), JobsJson.Default.JobFailure, cancellationToken) is { } failure
                ? JobStatus.FromFailure(job, failure)
                : null;
    }

    /// <summary>What became of a submission; <see langword="null"/> while it waits to be planned.</summary>
    public Task<SubmissionResult?> TryGetSubmissionAsync(string submission, CancellationToken cancellationToken = default) =>
        JobStorage.TryReadAsync(storage.Jobs, StorageNames.Submission(submission), JobsJson.Default.SubmissionResult, cancellationToken);

    /// <summary>Waits until a submission is planned or has failed.</summary>
    /// <exception cref="OperationCanceledException">
    /// The caller's patience ended; without an app that runs nothing is ever planned.
    /// </exception>
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

    private async Task<JobStatus> GetPlannedAsync(JobManifest manifest, CancellationToken cancellationToken)
    {
        var success = await JobStorage.TryReadAsync(
            storage.Embeddings, StorageNames.Success(manifest.Source, manifest.Job), JobsJson.Default.JobSuccess, cancellationToken);
        if (success is not null)
        {
            return JobStatus.FromSuccess(manifest, success);
        }

        var done = await _progress.ReadAsync(manifest.Job, cancellationToken);
        var failures = await ListFailuresAsync(manifest.Job, done, cancellationToken);
        var cancelled = await storage.Jobs.GetBlobClient(StorageNames.Cancelled(manifest.Job)).ExistsAsync(cancellationToken);
        return JobStatus.FromProgress(manifest, done, failures, cancelled);
    }

    /// <summary>The failed shards; one that another delivery has brought to its end has not failed.</summary>
    private async Task<List<JobFailure>> ListFailuresAsync(
        string job, SortedDictionary<int, ProgressRecord> done, CancellationToken cancellationToken)
    {
        var failures = new List<JobFailure>();
        await foreach (BlobItem blob in storage.Jobs.GetBlobsAsync(new() { Prefix = StorageNames.Failures(job) }, cancellationToken))
        {
            var failure = await JobStorage.TryReadAsync(storage.Jobs, blob.Name, JobsJson.Default.JobFailure, cancellationToken);
            if (failure is { Shard: { } shard } && !done.ContainsKey(shard))
            {
                failures.Add(failure);
            }
        }

        return failures;
    }
}
