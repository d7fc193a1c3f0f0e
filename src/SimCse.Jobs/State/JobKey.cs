namespace SimCse.Jobs.State;

/// <summary>What identifies a job: the source and its version, the model, and the options.</summary>
/// <param name="Source">The name of the blob in <c>texts</c>.</param>
/// <param name="Version">
/// The blob's ETag without quotation marks; when the blob is gone, an event's ETag or <see cref="NoVersion"/>.
/// </param>
/// <param name="LastModified">When that version was written.</param>
/// <param name="Fingerprint">The model's fingerprint.</param>
/// <param name="Options">The options in effect.</param>
internal sealed record JobKey(string Source, string Version, DateTimeOffset LastModified, string Fingerprint, JobOptions Options)
{
    /// <summary>The version of a source that does not exist.</summary>
    public const string NoVersion = "none";

    public string Job => JobId.Compute(Source, Version, Fingerprint, Options);
}
