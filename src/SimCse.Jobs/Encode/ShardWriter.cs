using SimCse.Inference;
using SimCse.Jobs.Parts;
using SimCse.Jobs.State;
using SimCse.Jobs.Storage;

namespace SimCse.Jobs.Encode;

/// <summary>Writes a shard's part and its error rows to storage, a slice at a time. Not thread-safe.</summary>
internal sealed class ShardWriter : IAsyncDisposable
{
    private readonly int _shard;
    private readonly BlobUpload _part;
    private readonly BlobUpload _errors;
    private readonly PartWriter _rows;
    private readonly string? _arithmetic;
    private ProgressRecord _record;

    private ShardWriter(int shard, BlobUpload part, BlobUpload errors, PartWriter rows, string? arithmetic)
    {
        _shard = shard;
        _part = part;
        _errors = errors;
        _rows = rows;
        _arithmetic = arithmetic;
    }

    /// <summary>Begins a part. The result owns <paramref name="part"/> and <paramref name="errors"/>.</summary>
    public static async Task<ShardWriter> CreateAsync(
        int shard, BlobUpload part, BlobUpload errors, PartMetadata metadata, bool includeText, IReadOnlyList<KeptColumn>? kept,
        CancellationToken cancellationToken) =>
        new(
            shard, part, errors, await PartWriter.CreateAsync(part, metadata, includeText, kept, cancellationToken), metadata.Arithmetic);

    /// <param name="slice">The texts, long ones split if the job says so, and the error rows.</param>
    /// <param name="encoded">The vectors of the texts.</param>
    /// <param name="reused">How many of them were copied.</param>
    /// <param name="cancellationToken">Cancels the requests.</param>
    public async Task WriteAsync(ShardSlice slice, EncodedTexts encoded, int reused, CancellationToken cancellationToken)
    {
        await WriteErrorsAsync(slice.Errors, cancellationToken);
        await _rows.WriteAsync(slice.ToRows(encoded), cancellationToken);
        _record = _record with
        {
            Texts = _record.Texts + slice.TextCount,
            Rows = _record.Rows + encoded.Count,
            Errors = _record.Errors + slice.Errors.Count,
            Tokens = _record.Tokens + encoded.TotalTokens,
            Unknown = (_record.Unknown ?? 0) + encoded.TotalUnknown,
            Truncated = _record.Truncated + encoded.Truncated.AsSpan().Count(true),
            Reused = _record.Reused + reused,
        };
    }

    /// <summary>Commits the error rows, then the part: when the part is visible, they are too. Neither replaces an existing blob.</summary>
    /// <param name="startedOn">When work on the shard began, for the record.</param>
    /// <param name="total">The time since then.</param>
    /// <param name="encoding">The part of <paramref name="total"/> that was spent in the encoder.</param>
    /// <param name="cancellationToken">Cancels the requests.</param>
    /// <returns>The part's record; <see langword="null"/> when another delivery of this shard was faster and its part counts.</returns>
    public async Task<ProgressRecord?> TryCommitAsync(
        DateTimeOffset startedOn, TimeSpan total, TimeSpan encoding, CancellationToken cancellationToken)
    {
        if (_errors.BytesWritten > 0 && !await _errors.TryCommitAsync(metadata: null, cancellationToken)
            && await _errors.ExistingBytesAsync(cancellationToken) is var existing && existing != _errors.BytesWritten)
        {
            throw new PermanentJobException(
                $"'{_errors.Name}' has {existing} bytes, but the error rows of this shard have {_errors.BytesWritten}. Delete it and " +
                "retry: the manifest was made again since.");
        }

        await _rows.DisposeAsync();
        var record = _record with
        {
            Shard = _shard,
            Bytes = _part.BytesWritten,
            StartedMs = startedOn.ToUnixTimeMilliseconds(),
            TotalMs = (long)total.TotalMilliseconds,
            EncodeMs = (long)encoding.TotalMilliseconds,
            Sha256 = _part.Sha256(),
        };
        return await _part.TryCommitAsync(record.ToMetadata(_arithmetic), cancellationToken) ? record : null;
    }

    /// <summary>Drops what is not committed. The Parquet writer is not disposed of, because half a part needs no footer.</summary>
    public async ValueTask DisposeAsync()
    {
        await _part.DisposeAsync();
        await _errors.DisposeAsync();
    }

    private async Task WriteErrorsAsync(IReadOnlyList<ErrorRow> errors, CancellationToken cancellationToken)
    {
        foreach (var error in errors)
        {
            await _errors.WriteAsync(error.ToLine(), cancellationToken);
        }
    }
}
