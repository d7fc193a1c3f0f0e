namespace SimCse.Jobs.State;

/// <summary>A source's version, a model and the options in effect: what makes a job.</summary>
/// <param name="Source">Name of the blob in <c>texts</c>.</param>
/// <param name="Version">Its ETag without quotation marks; what an event said of it, or <see cref="NoVersion"/>, where it is gone.</param>
/// <param name="LastModified">Of that version.</param>
/// <param name="Fingerprint">Of the model.</param>
/// <param name="Options">In effect.</param>
internal sealed record JobKey(string Source, string Version, DateTimeOffset LastModified, string Fingerprint, JobOptions Options)
{
    /// <summary>Stands for the version of a source that is not there.</summary>
    public const string NoVersion = "none";

    public string Job => JobId.Compute(Source, Version, Fingerprint, Options);
}
