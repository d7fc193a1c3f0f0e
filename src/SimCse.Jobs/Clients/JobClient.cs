using Azure.Storage.Blobs.Models;
using Microsoft.Extensions.Logging.Abstractions;
using SimCse.Jobs.Plan;
using SimCse.Jobs.Sources;
using SimCse.Jobs.State;
using SimCse.Jobs.Storage;
using SimCse.Jobs.Upkeep;

namespace SimCse.Jobs.Clients;

/// <summary>Submits, lists, reads, cancels and retries jobs. It uses storage only and calls no server. Thread-safe.</summary>
/// <param name="storage">The storage account that holds the jobs.</param>
/// <param name="time">The clock; <see langword="null"/> means the system clock.</param>
public sealed partial class JobClient(JobStorage storage, TimeProvider? time = null)
{
    private readonly TimeProvider _time = time ?? TimeProvider.System;
    private readonly ManifestCache _manifests = new(storage);
    private readonly ProgressLog _progress = new(storage);
    private readonly JobRemoval _removal = Removal(storage, time ?? TimeProvider.System);
    private readonly JobCompaction _compaction = new(storage, time ?? TimeProvider.System);
    private readonly ErrorLimits _limits = new(storage, time ?? TimeProvider.System);
    private readonly ShardsSentBlob _sent = new(storage, time ?? TimeProvider.System);
    private readonly ShardQueue _shards = new(
        storage, new ProgressLog(storage), new ShardsSentBlob(storage, time ?? TimeProvider.System), PortionLimits.Default);

    private static JobRemoval Removal(JobStorage storage, TimeProvider time)
    {
        var manifests = new ManifestCache(storage);
        return new JobRemoval(storage, manifests, new LatestBlob(storage, manifests, NullLogger<LatestBlob>.Instance), time);
    }

    /// <summary>The account's containers and queues.</summary>
    public JobStorage Storage => storage;

    /// <summary>Uploads a source. Its metadata holds the options, so that the upload's event and our message name the same job.</summary>
    /// <param name="source">
    /// The blob's name in <c>texts</c>, ending in .txt, .jsonl, .txt.gz or .jsonl.gz. An existing one is replaced.
    /// </param>
    /// <param name="content">The content, read to its end. The caller disposes of it.</param>
    /// <param name="options">The job's options; <see langword="null"/> leaves the choice to the app.</param>
    /// <param name="maxErrors">How many lines may fail; <see langword="null"/> leaves it to the options, or to the app.</param>
    /// <param name="progress">Receives the number of bytes sent so far.</param>
    /// <param name="cancellationToken">Cancels the upload; no partial source is left.</param>
    /// <exception cref="NotSupportedException">The name has none of these endings, or no blob can have it.</exception>
    public async Task UploadAsync(
        string source, Stream content, JobOptions? options = null, ErrorLimit? maxErrors = null, IProgress<long>? progress = null,
        CancellationToken cancellationToken = default)
    {
        SourceName.Check(source);
        var upload = new BlobUploadOptions { ProgressHandler = progress };
        if (JobOptions.ToRequest(options, maxErrors) is { } request)
        {
            upload.Metadata = new Dictionary<string, string>
            {
                [StorageNames.OptionsMetadata] = request.GetRawText(),
            };
        }

        await storage.Texts.GetBlobClient(source).UploadAsync(content, upload, cancellationToken);
    }

    /// <summary>The settings of the app that its users have to follow, too.</summary>
    public Task<AppSettings> GetSettingsAsync(CancellationToken cancellationToken = default) =>
        AppSettings.ReadAsync(storage, cancellationToken);

    /// <summary>The names of all sources that the app would encode by itself, and their bytes; and how many blobs are none.</summary>
    public async Task<(IReadOnlyList<string> Names, long Bytes, int Ignored)> ListSourcesAsync(
        CancellationToken cancellationToken = default)
    {
        var filter = (await GetSettingsAsync(cancellationToken)).ToFilter();
        var (names, bytes, ignored) = (new List<string>(), 0L, 0);
        await foreach (var source in storage.Texts.GetBlobsAsync(cancellationToken: cancellationToken))
        {
            if (filter.Admits(source.Name))
            {
                names.Add(source.Name);
                bytes += source.Properties.ContentLength ?? 0;
            }
            else
            {
                ignored++;
            }
        }

        return (names, bytes, ignored);
    }

    /// <summary>Asks the app to plan a job for a source in <c>texts</c>.</summary>
    /// <returns>The submission's id; <see cref="TryGetSubmissionAsync"/> returns its result.</returns>
    /// <exception cref="NotSupportedException">No source can have the name.</exception>
    public async Task<string> SubmitAsync(
        string source, JobOptions? options = null, ErrorLimit? maxErrors = null, CancellationToken cancellationToken = default)
    {
        if (SourceName.Problem(source) is { } problem)
        {
            throw new NotSupportedException(problem);
        }

        var submission = Guid.NewGuid().ToString("N");
        var message = new PlanJobMessage { Source = source, Options = JobOptions.ToRequest(options, maxErrors), Submission = submission };
        await JobStorage.SendAsync(storage.PlanQueue, message, JobsJson.Default.PlanJobMessage, cancellationToken);
        return submission;
    }
}
