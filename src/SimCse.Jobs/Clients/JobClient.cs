using System.Text.Json;
using Azure.Storage.Blobs.Models;
using SimCse.Jobs.Plan;
using SimCse.Jobs.Sources;
using SimCse.Jobs.State;
using SimCse.Jobs.Storage;

namespace SimCse.Jobs.Clients;

/// <summary>
/// What a user does with jobs: submit, list, look at, cancel, retry. It reads and writes storage alone; no server is asked. Thread-safe.
/// </summary>
/// <param name="storage">The account.</param>
/// <param name="time">The clock; <see langword="null"/> is the system's.</param>
public sealed partial class JobClient(JobStorage storage, TimeProvider? time = null)
{
    private readonly TimeProvider _time = time ?? TimeProvider.System;
    private readonly ManifestCache _manifests = new(storage);
    private readonly ProgressLog _progress = new(storage);
    private readonly ShardQueue _shards = new(storage, new ProgressLog(storage));

    /// <summary>The account's containers and queues.</summary>
    public JobStorage Storage => storage;

    /// <summary>
    /// Uploads a source. Its options travel with it, so that the event of the upload and a message of ours name the same job.
    /// </summary>
    /// <param name="source">
    /// Its name in <c>texts</c>; ends in .txt, .jsonl, .txt.gz or .jsonl.gz. An existing one is replaced.
    /// </param>
    /// <param name="content">Read to its end; stays with the caller.</param>
    /// <param name="options">Of the job; <see langword="null"/> leaves the choice to the app.</param>
    /// <param name="progress">Bytes sent so far.</param>
    /// <param name="cancellationToken">Leaves no half source behind.</param>
    /// <exception cref="NotSupportedException">The name ends in nothing that is known.</exception>
    public async Task UploadAsync(
        string source, Stream content, JobOptions? options = null, IProgress<long>? progress = null,
        CancellationToken cancellationToken = default)
    {
        SourceFormat.FromName(source);
        var upload = new BlobUploadOptions { ProgressHandler = progress };
        if (options is not null)
        {
            upload.Metadata = new Dictionary<string, string>
            {
                [StorageNames.OptionsMetadata] = JsonSerializer.Serialize(options, JobsJson.Default.JobOptions),
            };
        }

        await storage.Texts.GetBlobClient(source).UploadAsync(content, upload, cancellationToken);
    }

    /// <summary>Asks for a job of a source that is in <c>texts</c>.</summary>
    /// <returns>The submission, to find the job by: <see cref="TryGetSubmissionAsync"/>.</returns>
    public async Task<string> SubmitAsync(string source, JobOptions? options = null, CancellationToken cancellationToken = default)
    {
        var submission = Guid.NewGuid().ToString("N");
        var message = new PlanJobMessage { Source = source, Options = options, Submission = submission };
        await JobStorage.SendAsync(storage.PlanQueue, message, JobsJson.Default.PlanJobMessage, cancellationToken);
        return submission;
    }
}
