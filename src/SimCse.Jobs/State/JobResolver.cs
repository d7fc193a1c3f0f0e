using System.Text.Json;
using Azure;
using Azure.Storage.Blobs.Models;
using SimCse.Jobs.Sources;
using SimCse.Jobs.Storage;

namespace SimCse.Jobs.State;

/// <summary>Finds the job of a message or a source. Planner, poison recorder and reconciler share it, so they agree. Thread-safe.</summary>
/// <param name="storage">The account that holds the sources.</param>
/// <param name="defaults">The options of jobs that come with none.</param>
internal sealed class JobResolver(JobStorage storage, DefaultOptions defaults)
{
    private const int MaxQuoted = 200;

    /// <summary>The job, and why it cannot be planned if that is known already.</summary>
    public async Task<(JobKey Identity, string? Problem)> IdentifyAsync(
        PlanJobMessage plan, string fingerprint, CancellationToken cancellationToken)
    {
        if (SourceName.Problem(plan.Source) is { } problem)
        {
            return (Unnamed(plan.Source, fingerprint), problem);
        }

        BlobProperties? source;
        try
        {
            source = await JobStorage.TryGetPropertiesAsync(storage.Texts, plan.Source, cancellationToken);
        }
        catch (RequestFailedException e) when (JobStorage.IsBadName(e))
        {
            return (Gone(plan, fingerprint), $"'{plan.Source}' can be no blob's name: {e.ErrorCode}.");
        }

        if (source is null)
        {
            return (
                Gone(plan, fingerprint),
                $"There is no source '{plan.Source}' in the container '{StorageNames.Texts}': it was deleted, or never uploaded.");
        }

        var identity = Identify(plan, source.ETag, source.LastModified, source.Metadata, fingerprint);
        return (identity, identity.Unread?.Problem);
    }

    /// <summary>The job of a source that a listing has returned.</summary>
    public JobKey Identify(BlobItem source, string fingerprint) => SourceName.Problem(source.Name) is not null
        ? Unnamed(source.Name, fingerprint)
        : Identify(
            new PlanJobMessage { Source = source.Name }, source.Properties.ETag.GetValueOrDefault(),
            source.Properties.LastModified.GetValueOrDefault(), source.Metadata, fingerprint);

    private JobKey Identify(
        PlanJobMessage plan, ETag etag, DateTimeOffset lastModified, IDictionary<string, string>? metadata, string fingerprint)
    {
        var (options, unread) = plan.Options is null && plan.Unread is null ? ReadMetadata(plan.Source, metadata) : Read(plan);
        return new JobKey(plan.Source, JobStorage.Version(etag), lastModified, fingerprint, options, unread);
    }

    private (JobOptions Options, UnreadRequest? Unread) ReadMetadata(string source, IDictionary<string, string>? metadata)
    {
        // Names of metadata are header names: their case may change on the way.
        var text = metadata?.FirstOrDefault(
            pair => pair.Key.Equals(StorageNames.OptionsMetadata, StringComparison.OrdinalIgnoreCase)).Value;
        if (text is null)
        {
            return (defaults.For(source), null);
        }

        try
        {
            return (JobOptions.Read(JsonElement.Parse(text), defaults.For(source)), null);
        }
        catch (Exception e) when (e is JsonException or FormatException)
        {
            var problem =
                $"The source's metadata {StorageNames.OptionsMetadata} is '{NamedMembers.Shorten(text, MaxQuoted)}'; expected JSON like " +
                $"{{\"normalize\":true}}. {(e is JsonException ? $"It is not JSON ({JsonReason.Describe(e)})." : e.Message)}";
            return (defaults.For(source), new UnreadRequest(problem, text, IsMessage: false));
        }
    }

    /// <summary>Reads what a message asks for. <see cref="PlanJobMessage.TryParse"/> has found out whether it can be read.</summary>
    private (JobOptions Options, UnreadRequest? Unread) Read(PlanJobMessage plan) =>
        (
        plan is { Unread: null, Options: { } options } ? JobOptions.Read(options, defaults.For(plan.Source)) : defaults.For(plan.Source),
        plan.Unread);

    /// <summary>What has a name that no source can have is one job, whoever finds it and whatever its version.</summary>
    private JobKey Unnamed(string source, string fingerprint) => new(source, JobKey.NoVersion, default, fingerprint, defaults.For(source));

    private JobKey Gone(PlanJobMessage plan, string fingerprint)
    {
        var (options, unread) = Read(plan);
        return new JobKey(plan.Source, plan.ETag ?? JobKey.NoVersion, default, fingerprint, options, unread);
    }
}
