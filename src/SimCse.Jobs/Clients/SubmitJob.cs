using System.Text.Json;
using Azure.Storage.Blobs.Models;
using SimCse.Jobs.Sources;
using SimCse.Jobs.State;
using SimCse.Jobs.Storage;

namespace SimCse.Jobs.Clients;

/// <summary>Starts jobs: uploads sources and asks for their plan. Thread-safe.</summary>
public sealed class SubmitJob
{
    private readonly JobStorage _storage;

    internal SubmitJob(JobStorage storage) => _storage = storage;

    /// <summary>Uploads a source. Its options travel with it, so that the event of the upload and a message of ours name the same job.</summary>
    /// <param name="source">Its name in <c>texts</c>; ends in .txt, .jsonl, .txt.gz or .jsonl.gz. An existing one is replaced.</param>
    /// <param name="content">Read to its end; stays with the caller.</param>
    /// <param name="options">Of the job; <see langword="null"/> leaves the choice to the app.</param>
    /// <param name="progress">Bytes sent so far.</param>
    /// <param name="cancellationToken">Leaves no half source behind.</param>
    /// <exception cref="NotSupportedException">The name ends in nothing that is known.</exception>
    public async Task UploadAsync(
        string source, Stream content, JobOptions? options = null, IProgress<long>? progress = null, CancellationToken cancellationToken = default)
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

        await _storage.Texts.GetBlobClient(source).UploadAsync(content, upload, cancellationToken);
    }

    /// <summary>Asks for a job of a source that is in <c>texts</c>.</summary>
    /// <returns>The submission, to find the job by: <see cref="JobReader.TryGetSubmissionAsync"/>.</returns>
    public async Task<string> EnqueueAsync(string source, JobOptions? options = null, CancellationToken cancellationToken = default)
    {
        var submission = Guid.NewGuid().ToString("N");
        var message = new PlanJobMessage { Source = source, Options = options, Submission = submission };
        await JobStorage.SendAsync(_storage.PlanQueue, message, JobsJson.Default.PlanJobMessage, cancellationToken);
        return submission;
    }
}
