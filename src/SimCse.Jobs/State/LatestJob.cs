namespace SimCse.Jobs.State;

/// <summary><c>embeddings/_latest/{source}.json</c>: the newest version of a source that is complete.</summary>
/// <param name="Job">The job.</param>
/// <param name="SourceETag">The version.</param>
/// <param name="SourceLastModified">When that version was written.</param>
/// <param name="CreatedOn">When the job was planned.</param>
/// <param name="Fingerprint">That of the model.</param>
/// <param name="Path">The folder of the job's parts in <c>embeddings</c>: they are its files <c>part-*.parquet</c>.</param>
public sealed record LatestJob(
    string Job, string SourceETag, DateTimeOffset SourceLastModified, DateTimeOffset CreatedOn, string Fingerprint, string Path)
{
    /// <summary>The names of the blob's metadata that a listing shows, so that nobody has to read each blob.</summary>
    private const string JobName = "job", TextsName = "texts";

    /// <summary>The name of the source, which <see cref="Path"/> begins with.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public string Source => Path[..^(Job.Length + 2)];

    internal static LatestJob Of(JobManifest manifest) => new(
        manifest.Job, manifest.SourceETag, manifest.SourceLastModified, manifest.CreatedOn, manifest.Model.Fingerprint,
        Storage.StorageNames.Output(manifest.Source, manifest.Job));

    internal static Dictionary<string, string> ToMetadata(JobManifest manifest) => new()
    {
        [JobName] = manifest.Job,
        [TextsName] = manifest.Texts.ToString(System.Globalization.CultureInfo.InvariantCulture),
    };

    /// <summary>What the metadata of a blob says; <see langword="null"/> when it does not say it all.</summary>
    internal static CurrentSource? TryRead(string source, IDictionary<string, string> metadata, DateTimeOffset changedOn)
    {
        var known = new Dictionary<string, string>(metadata, StringComparer.OrdinalIgnoreCase);
        return known.TryGetValue(JobName, out var job) && JobId.IsValid(job)
            && long.TryParse(
                known.GetValueOrDefault(TextsName), System.Globalization.NumberStyles.None,
                System.Globalization.CultureInfo.InvariantCulture, out var texts)
            ? new CurrentSource(source, job, Storage.StorageNames.Output(source, job), texts, changedOn)
            : null;
    }
}

/// <summary>Which results of a source are current.</summary>
/// <param name="Source">The source.</param>
/// <param name="Job">Its newest complete job.</param>
/// <param name="Path">The folder in <c>embeddings</c> whose files <c>part-*.parquet</c> are the current ones.</param>
/// <param name="Texts">The number of texts of this version.</param>
/// <param name="ChangedOn">Since when this job is the newest one.</param>
public sealed record CurrentSource(string Source, string Job, string Path, long Texts, DateTimeOffset ChangedOn);
