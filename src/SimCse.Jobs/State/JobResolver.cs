using System.Text.Json;
using Azure;
using Azure.Storage.Blobs.Models;
using SimCse.Jobs.Storage;

namespace SimCse.Jobs.State;

/// <summary>Finds the job of a message or a source. Planner, poison recorder and reconciler share it, so they agree. Thread-safe.</summary>
/// <param name="storage">The account that holds the sources.</param>
/// <param name="defaults">The options of jobs that come with none.</param>
internal sealed class JobResolver(JobStorage storage, JobOptions defaults)
{
    /// <summary>The job, and why it cannot be planned if that is known already.</summary>
    public async Task<(JobKey Identity, string? Problem)> IdentifyAsync(
        PlanJobMessage plan, string fingerprint, CancellationToken cancellationToken)
    {
        BlobProperties? source;
        try
        {
            source = await JobStorage.TryGetPropertiesAsync(storage.Texts, plan.Source, cancellationToken);
        }
        catch (RequestFailedException e) when (JobStorage.IsBadName(e))
        {
            return (Gone(plan, fingerprint), $"'{plan.Source}' can be no blob's name: {e.ErrorCode}.");
        }

        return source is null
            ? (
                Gone(plan, fingerprint),
                $"There is no source '{plan.Source}' in the container '{StorageNames.Texts}': it was deleted, or never uploaded.")
            : Identify(plan.Source, source.ETag, source.LastModified, source.Metadata, plan.Options, fingerprint);
    }

    /// <summary>The job of a source that a listing has returned.</summary>
    public JobKey Identify(BlobItem source, string fingerprint) => Identify(
        source.Name, source.Properties.ETag.GetValueOrDefault(), source.Properties.LastModified.GetValueOrDefault(), source.Metadata, null,
        fingerprint)
        .Identity;

    private (JobKey Identity, string? Problem) Identify(
        string source, ETag etag, DateTimeOffset lastModified, IDictionary<string, string>? metadata, JobOptions? asked, string fingerprint)
    {
        var identity = new JobKey(source, JobStorage.Version(etag), lastModified, fingerprint, asked ?? defaults);

        // Names of metadata are header names: their case may change on the way.
        var json = metadata?.FirstOrDefault(
            pair => pair.Key.Equals(StorageNames.OptionsMetadata, StringComparison.OrdinalIgnoreCase)).Value;
        if (asked is not null || json is null)
        {
            return (identity, null);
        }

        try
        {
            return (identity with { Options = JsonSerializer.Deserialize(json, JobsJson.Default.JobOptions) ?? defaults }, null);
        }
        catch (JsonException e)
        {
            return (
                identity,
                $"The source's metadata {StorageNames.OptionsMetadata} is '{json}'; expected JSON like {{\"normalize\":true}}. " +
                $"{e.Message}");
        }
    }

    private JobKey Gone(PlanJobMessage plan, string fingerprint) =>
        new(plan.Source, plan.ETag ?? JobKey.NoVersion, default, fingerprint, plan.Options ?? defaults);
}
