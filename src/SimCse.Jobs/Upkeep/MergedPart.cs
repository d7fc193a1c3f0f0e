using System.Security.Cryptography;
using Azure.Storage.Blobs;
using SimCse.Jobs.Parts;
using SimCse.Jobs.State;
using SimCse.Jobs.Storage;

namespace SimCse.Jobs.Upkeep;

/// <summary>
/// One part made of several, and its error file. Both are staged while they are written, and invisible until they are committed. Not
/// thread-safe.
/// </summary>
internal sealed class MergedPart : IAsyncDisposable
{
    private readonly PartMetadata _metadata;
    private readonly List<string?> _labels = [];
    private readonly IReadOnlyList<KeptColumn> _kept;
    private readonly bool _hasText;
    private readonly BlobUpload _part;
    private readonly BlobUpload _errors;
    private readonly PartWriter _rows;
    private JobPart _record;
    private DateTimeOffset _endedOn;

    private MergedPart(PartReader first, BlobUpload part, BlobUpload errors, PartWriter rows)
    {
        (_metadata, _kept, _hasText) = (first.Metadata, first.Kept, first.HasText);
        (_part, _errors, _rows) = (part, errors, rows);
        _record = new JobPart(part.Name, 0, 0, 0, "");
    }

    /// <summary>The part's record; with size and hash once it is sealed.</summary>
    public JobPart Record => _record;

    /// <param name="container">The container of both blobs.</param>
    /// <param name="names">The names of the part and of its error file.</param>
    /// <param name="first">The first of the parts to merge, whose columns and metadata the merged one gets.</param>
    /// <param name="cancellationToken">Cancels the writing.</param>
    public static async Task<MergedPart> CreateAsync(
        BlobContainerClient container, (string Part, string Errors) names, PartReader first, CancellationToken cancellationToken)
    {
        var part = new BlobUpload(container, names.Part, BlobUpload.DefaultBlockBytes);
        var rows = await PartWriter.CreateAsync(part, first.Metadata, first.HasText, first.Kept, cancellationToken);
        return new MergedPart(first, part, new BlobUpload(container, names.Errors, BlobUpload.DefaultBlockBytes), rows);
    }

    /// <summary>
    /// Whether another part has the same columns and metadata: one from a GPU and one from a CPU stay apart. Those of different processors
    /// do not; the merged part has the labels of all.
    /// </summary>
    public bool Takes(PartReader other) => other.HasText == _hasText && other.Kept.SequenceEqual(_kept)
        && other.Metadata with { Origin = _metadata.Origin, Arithmetic = _metadata.Arithmetic } == _metadata;

    /// <exception cref="PermanentJobException">The part, or its error file, is not what is recorded.</exception>
    public async Task AddAsync(PartReader rows, JobPart part, Stream? errors, CancellationToken cancellationToken)
    {
        var (count, lines) = (0L, 0L);
        await foreach (var group in rows.ReadAsync(cancellationToken))
        {
            await _rows.WriteAsync(group, cancellationToken);
            count += group.Count;
        }

        if (errors is not null)
        {
            var buffer = new byte[1 << 16];
            while (await errors.ReadAsync(buffer, cancellationToken) is > 0 and var read)
            {
                lines += buffer.AsSpan(0, read).Count((byte)'\n');
                await _errors.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
            }
        }

        if (count != part.Rows || lines != part.Errors)
        {
            throw new PermanentJobException(
                $"'{part.Name}' has {count} rows and {lines} error rows; _SUCCESS records {part.Rows} and {part.Errors}. Nothing was " +
                "changed; 'simcse jobs verify' says more.");
        }

        _labels.Add(rows.Metadata.Arithmetic);
        var end = part.StartedOn.AddMilliseconds(part.TotalMs);
        _endedOn = end > _endedOn ? end : _endedOn;
        var texts = (_record.Texts ?? _record.Rows) + (part.Texts ?? part.Rows);
        _record = _record with
        {
            Rows = _record.Rows + part.Rows,
            Texts = texts == _record.Rows + part.Rows ? null : texts,
            Errors = _record.Errors + part.Errors,
            StartedOn = _record.Rows + _record.Errors == 0 || part.StartedOn < _record.StartedOn ? part.StartedOn : _record.StartedOn,
        };
    }

    /// <summary>Writes the footer and sends the rest: nothing but the commit is left, and no block is held.</summary>
    public async Task SealAsync(CancellationToken cancellationToken)
    {
        _rows.SetArithmetic(ArithmeticLabel.Join(_labels));
        await _rows.DisposeAsync();
        await _part.SealAsync(cancellationToken);
        await _errors.SealAsync(cancellationToken);
        _record = _record with
        {
            Bytes = _part.BytesWritten,
            Sha256 = _part.Sha256(),
            TotalMs = (long)(_endedOn - _record.StartedOn).TotalMilliseconds,
        };
    }

    /// <summary>Makes the error file visible, then the part.</summary>
    public async Task CommitAsync(CancellationToken cancellationToken)
    {
        if (_errors.BytesWritten > 0)
        {
            await _errors.TryCommitAsync(metadata: null, cancellationToken);
        }

        await _part.TryCommitAsync(
            new Dictionary<string, string> { ["rows"] = $"{_record.Rows}", ["sha256"] = _record.Sha256 }, cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await _part.DisposeAsync();
        await _errors.DisposeAsync();
    }

    /// <summary>Whether a stream holds exactly a part; afterwards it stands at its beginning.</summary>
    public static async Task<bool> IsRightAsync(Stream stream, JobPart part, CancellationToken cancellationToken)
    {
        stream.Position = 0;
        var hash = Convert.ToHexString(await SHA256.HashDataAsync(stream, cancellationToken));
        var isRight = stream.Length == part.Bytes && string.Equals(hash, part.Sha256, StringComparison.OrdinalIgnoreCase);
        stream.Position = 0;
        return isRight;
    }
}
