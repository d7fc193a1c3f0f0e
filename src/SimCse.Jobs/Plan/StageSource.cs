using Azure;
using SimCse.Jobs.Sources;
using SimCse.Jobs.Storage;

namespace SimCse.Jobs.Plan;

/// <summary>
/// Reads a source once, as a stream, and finds its shards and its charset. Stages the text of a source that cannot be read from the middle.
/// Thread-safe.
/// </summary>
internal sealed class StageSource(JobStorage storage, ShardLimits limits)
{
    private const int BlockBytes = 4 << 20;

    public readonly record struct Result(IReadOnlyList<ShardRange> Shards, long Lines, long Texts, string Charset, bool Staged);

    /// <exception cref="PermanentJobException">The source is empty, gone, replaced, or not in a form that can be read.</exception>
    public async Task<Result> ScanAsync(string job, string source, string version, SourceFormat format, CancellationToken cancellationToken)
    {
        try
        {
            await using var stream = await SourceStream.OpenAsync(
                storage.Texts.GetBlobClient(source), new ETag(version), format, cancellationToken);
            return stream.CanBeReadFromTheMiddle
                ? await ScanAsync(stream.Text, stream, cancellationToken)
                : await StageAsync(job, stream, cancellationToken);
        }
        catch (RequestFailedException e) when (JobStorage.IsNotFound(e) || JobStorage.IsConditionNotMet(e))
        {
            throw new PermanentJobException(
                $"The source '{source}' was deleted or overwritten while it was planned (ETag {version}); a new version is a job of its " +
                "own.",
                e);
        }
        catch (InvalidDataException e)
        {
            throw new PermanentJobException($"The source '{source}' is not a whole gzip file: {e.Message} Upload it again.", e);
        }
    }

    /// <summary>Scans the text and copies it to the job's own blob, which appears when everything is read.</summary>
    private async Task<Result> StageAsync(string job, SourceStream stream, CancellationToken cancellationToken)
    {
        await using var staging = new BlobUpload(storage.Jobs, StorageNames.StagedText(job), BlockBytes);
        await using var both = new TeeStream(stream.Text, staging);
        var result = await ScanAsync(both, stream, cancellationToken);

        // If another plan of the same job has staged the text already, its bytes are the same.
        await staging.TryCommitAsync(metadata: null, cancellationToken);
        return result;
    }

    private async Task<Result> ScanAsync(Stream text, SourceStream source, CancellationToken cancellationToken)
    {
        var table = new ShardTable(limits);
        var charset = await SourceSurvey.ReadAsync(source, text, table, cancellationToken);
        return new Result(table.Finish(), table.Lines, table.Texts, charset, !source.CanBeReadFromTheMiddle);
    }
}
