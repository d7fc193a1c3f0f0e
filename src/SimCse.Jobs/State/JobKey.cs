namespace SimCse.Jobs.State;

/// <summary>What identifies a job: the source and its version, the model, and the options.</summary>
/// <param name="Source">The name of the blob in <c>texts</c>.</param>
/// <param name="Version">
/// The blob's ETag without quotation marks; when the blob is gone, an event's ETag or <see cref="NoVersion"/>.
/// </param>
/// <param name="LastModified">When that version was written.</param>
/// <param name="Fingerprint">The model's fingerprint.</param>
/// <param name="Options">The options in effect.</param>
/// <param name="Unread">
/// What was asked for instead of <paramref name="Options"/> and is not understood. Such a job is none with other options.
/// </param>
internal sealed record JobKey(
    string Source, string Version, DateTimeOffset LastModified, string Fingerprint, JobOptions Options, UnreadRequest? Unread = null)
{
    /// <summary>The version of a source that does not exist.</summary>
    public const string NoVersion = "none";

    public string Job => Unread is null
        ? JobId.Compute(Source, Version, Fingerprint, Options)
        : JobId.Compute(Source, Version, Fingerprint, Unread.Text);
}
