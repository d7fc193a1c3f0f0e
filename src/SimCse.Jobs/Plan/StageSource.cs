using Azure;
using SimCse.Jobs.Charsets;
using SimCse.Jobs.Sources;
using SimCse.Jobs.State;
using SimCse.Jobs.Storage;

namespace SimCse.Jobs.Plan;

/// <summary>
/// Reads a source once, as a stream, and finds its shards and its charset. Stages the text of a source that cannot be read from the middle.
/// Thread-safe.
/// </summary>
internal sealed class StageSource(JobStorage storage, ShardLimits limits, PlanLimits plan, TimeProvider time) : IDisposable
{
    private const int BlockBytes = 4 << 20;

    private readonly SemaphoreSlim _oneText = new(1, 1);

    public readonly record struct Result(IReadOnlyList<ShardRange> Shards, long Lines, long Texts, RecordLayout Layout, bool Staged);

    /// <exception cref="PermanentJobException">The source is empty, gone, replaced, or not in a form that can be read.</exception>
    public async Task<Result> ScanAsync(
        string job, string source, string version, SourceFormat format, SourceColumns columns, string? encoding,
        CancellationToken cancellationToken)
    {
        using var late = new CancellationTokenSource(plan.Time, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, late.Token);
        try
        {
            var scan = await ReadAsync();
            if (SourceCharset.IsTranscoded(scan.Layout.Charset))
            {
                encoding = scan.Layout.Charset; // found only at the end
                scan = await ReadAsync();
            }

            return scan with { Layout = await SourceSurvey.FindTypesAsync(scan.Layout, OpenAsync, either.Token) };
        }
        catch (OperationCanceledException e) when (late.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new PermanentJobException(
                $"The source '{source}' could not be read to its end within {plan.Time.TotalMinutes} minutes. Split it into several " +
                "sources, or set Jobs__MaxPlanMinutes, and the functionTimeout of host.json above it.",
                e);
        }
        catch (RequestFailedException e) when (JobStorage.IsNotFound(e) || JobStorage.IsConditionNotMet(e))
        {
            throw new PermanentJobException(
                $"The source '{source}' was deleted or overwritten before it was read to its end (ETag {version}); a new version is a " +
                "job of its own.",
                e);
        }
        catch (InvalidDataException e)
        {
            throw new PermanentJobException(
                $"The source '{source}' is not a whole {format.CompressionName} file: {e.Message} Upload it again.", e);
        }

        async Task<Result> ReadAsync()
        {
            await using var stream = await OpenAsync();
            return stream.CanBeReadFromTheMiddle
                ? await ScanAsync(stream.Text, stream, format, columns, either.Token)
                : await StageAsync(job, stream, format, columns, either.Token);
        }

        Task<SourceStream> OpenAsync() => SourceStream.OpenAsync(
            storage.Texts.GetBlobClient(source), new ETag(version), format, columns, plan.MaxText, encoding, either.Token);
    }

    /// <summary>Stages the text of a planned job again, once in a process however many shards ask for it.</summary>
    /// <exception cref="PermanentJobException">The source is gone or was replaced.</exception>
    public async Task RestageAsync(JobManifest manifest, CancellationToken cancellationToken)
    {
        await _oneText.WaitAsync(cancellationToken);
        try
        {
            if (!await storage.Jobs.GetBlobClient(StorageNames.StagedText(manifest.Job)).ExistsAsync(cancellationToken))
            {
                var layout = manifest.Records;
                await ScanAsync(
                    manifest.Job, manifest.Source, manifest.SourceETag, layout.Format, layout.Columns, manifest.Options.Encoding,
                    cancellationToken);
            }
        }
        finally
        {
            _oneText.Release();
        }
    }

    public void Dispose() => _oneText.Dispose();

    /// <summary>Scans the text and copies it to the job's own blob, which appears when everything is read.</summary>
    private async Task<Result> StageAsync(
        string job, SourceStream stream, SourceFormat format, SourceColumns columns, CancellationToken cancellationToken)
    {
        await using var staging = new BlobUpload(storage.Jobs, StorageNames.StagedText(job), BlockBytes);
        await using var both = new TeeStream(stream.Text, staging);
        var result = await ScanAsync(both, stream, format, columns, cancellationToken);

        if (SourceCharset.IsTranscoded(result.Layout.Charset))
        {
            return result; // what was copied is not the text
        }

        // If another plan of the same job has staged the text already, its bytes are the same.
        await staging.TryCommitAsync(metadata: null, cancellationToken);
        return result;
    }

    private async Task<Result> ScanAsync(
        Stream text, SourceStream source, SourceFormat format, SourceColumns columns, CancellationToken cancellationToken)
    {
        var table = new ShardTable(limits);
        var layout = await SourceSurvey.ReadAsync(source, text, format, columns, table, cancellationToken);
        return new Result(table.Finish(), table.Lines, table.Texts, layout, !source.CanBeReadFromTheMiddle);
    }
}
