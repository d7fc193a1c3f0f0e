using System.Text;
using Parquet;
using Parquet.Schema;

namespace SimCse.Jobs.Parts;

/// <summary>Writes one part. Not thread-safe; <see cref="DisposeAsync"/> writes the footer.</summary>
public sealed class PartWriter : IAsyncDisposable
{
    /// <summary>
    /// Limits memory: Parquet.Net holds a row group's column several times while it encodes it (plain, split, compressed). With a base
    /// model's vectors, each copy has 3 MB instead of the 12 MB of a whole shard.
    /// </summary>
    public const int MaxRowsPerGroup = 1_024;

    private readonly ParquetWriter _writer;
    private readonly ParquetSchema _schema;
    private readonly PartMetadata _metadata;
    private readonly IReadOnlyList<KeptColumn> _kept;

    private PartWriter(ParquetWriter writer, ParquetSchema schema, PartMetadata metadata, IReadOnlyList<KeptColumn> kept)
    {
        _writer = writer;
        _schema = schema;
        _metadata = metadata;
        _kept = kept;
    }

    /// <param name="stream">Receives the part by asynchronous writes, from its present position. The caller disposes of it.</param>
    /// <param name="metadata">
    /// The content of the footer. A part of a job has a column <c>source</c>, one with a <see cref="PartMetadata.ChunkOverlap"/> the
    /// columns <c>chunk</c>, <c>start</c> and <c>length</c>.
    /// </param>
    /// <param name="includeText">Whether the part has a column <c>text</c>.</param>
    /// <param name="kept">The kept columns, whose values each row has; <see langword="null"/> when there are none.</param>
    /// <param name="cancellationToken">Cancels the writing.</param>
    /// <exception cref="ArgumentException">
    /// A kept column has the name of another column, or the dimension does not fit the vector type.
    /// </exception>
    public static async Task<PartWriter> CreateAsync(
        Stream stream, PartMetadata metadata, bool includeText, IReadOnlyList<KeptColumn>? kept = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(metadata);
        if (KeptColumn.Problem(kept ?? []) is { } problem)
        {
            throw new ArgumentException(problem, nameof(kept));
        }

        if (metadata.VectorType.Problem(metadata.Dimension) is { } mismatch)
        {
            throw new ArgumentException(mismatch, nameof(metadata));
        }

        var schema = PartSchema.Create(metadata, includeText, kept ?? []);
        var writer = await ParquetWriter.CreateAsync(schema, stream, PartSchema.Options(schema), cancellationToken: cancellationToken);
        writer.CustomMetadata = Footer(metadata, schema);
        return new PartWriter(writer, schema, metadata, kept ?? []);
    }

    /// <summary>Writes rows as row groups of at most <see cref="MaxRowsPerGroup"/>; no rows give no row group.</summary>
    /// <exception cref="ArgumentException">
    /// The vectors have another dimension than the footer says, or rows lack values of kept columns or their chunks.
    /// </exception>
    public async Task WriteAsync(PartRows rows, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(rows);
        if (rows.Encoded.Dimension != _metadata.Dimension)
        {
            throw new ArgumentException(
                $"The vectors have {rows.Encoded.Dimension} components; the part has {_metadata.Dimension}.", nameof(rows));
        }

        if (_kept.Count > 0 && rows.Count > 0 && rows.Kept?.Count != rows.Count)
        {
            throw new ArgumentException(
                $"There are {rows.Count} rows and {rows.Kept?.Count ?? 0} with kept columns; the part has {_kept.Count}.", nameof(rows));
        }

        if (_metadata.ChunkOverlap is not null && rows.Count > 0 && rows.Chunks?.Count != rows.Count)
        {
            throw new ArgumentException($"There are {rows.Count} rows and {rows.Chunks?.Count ?? 0} chunks.", nameof(rows));
        }

        for (var start = 0; start < rows.Count; start += MaxRowsPerGroup)
        {
            await WriteGroupAsync(rows, start, Math.Min(MaxRowsPerGroup, rows.Count - start), cancellationToken);
        }
    }

    /// <summary>Changes the label that the footer will have: of rows from several parts, not all are known at the beginning.</summary>
    internal void SetArithmetic(string? label) => _writer.CustomMetadata = Footer(_metadata with { Arithmetic = label }, _schema);

    public ValueTask DisposeAsync() => _writer.DisposeAsync();

    private static Dictionary<string, string> Footer(PartMetadata metadata, ParquetSchema schema) => new(metadata.ToFooter())
    {
        [ArrowSchema.Key] = ArrowSchema.Create(schema, metadata.VectorType.StoredLength(metadata.Dimension)),
    };

    private async Task WriteGroupAsync(PartRows rows, int start, int count, CancellationToken cancellationToken)
    {
        using var group = _writer.CreateRowGroup();
        await group.WriteAsync(PartSchema.Utf8(PartSchema.Id), Column(rows.Ids, Encoding.UTF8.GetBytes));
        await RequiredAsync(PartSchema.Line, Column(rows.Lines, line => line));
        if (_metadata.Origin is { } origin)
        {
            await group.WriteAsync(Field(PartSchema.Source), Enumerable.Repeat(origin.Source, count).ToArray());
        }

        if (_metadata.ChunkOverlap is not null)
        {
            await RequiredAsync(PartSchema.Chunk, Column(rows.Chunks!, chunk => chunk.Number));
            await RequiredAsync(PartSchema.Start, Column(rows.Chunks!, chunk => chunk.Start));
            await RequiredAsync(PartSchema.Length, Column(rows.Chunks!, chunk => chunk.Length));
        }

        if (PartSchema.Field(_schema, PartSchema.Text) is not null)
        {
            await group.WriteAsync(PartSchema.Utf8(PartSchema.Text), Column(rows.Texts, Encoding.UTF8.GetBytes));
        }

        await group.WriteAsync<int>(
            Field(PartSchema.Tokens), rows.Encoded.Tokens.AsMemory(start, count), cancellationToken: cancellationToken);
        await group.WriteAsync<bool>(
            Field(PartSchema.Truncated), rows.Encoded.Truncated.AsMemory(start, count), cancellationToken: cancellationToken);
        foreach (var (i, column) in _kept.Index())
        {
            await (column.Type switch
            {
                KeptType.String => group.WriteAsync(
                    PartSchema.Utf8(column.Name, isNullable: true),
                    Column(rows.Kept!, row => row[i] is string text ? Encoding.UTF8.GetBytes(text) : null)),
                KeptType.Int64 => OptionalAsync(column.Name, Column(rows.Kept!, row => (long?)row[i])),
                KeptType.Double => OptionalAsync(column.Name, Column(rows.Kept!, row => (double?)row[i])),
                KeptType.Boolean => OptionalAsync(column.Name, Column(rows.Kept!, row => (bool?)row[i])),
                _ => group.WriteAsync<long>(
                    PartSchema.Microseconds(column.Name), Column(rows.Kept!, row => Microseconds((DateTime?)row[i])),
                    cancellationToken: cancellationToken),
            });
        }

        var vectors = rows.Encoded.Vectors.AsMemory(start * _metadata.Dimension, count * _metadata.Dimension);
        await WriteVectorsAsync(group, vectors, cancellationToken);

        TValue[] Column<TRow, TValue>(IReadOnlyList<TRow> column, Func<TRow, TValue> value)
        {
            var values = new TValue[count];
            for (var i = 0; i < count; i++)
            {
                values[i] = value(column[start + i]);
            }

            return values;
        }

        Task RequiredAsync<T>(string column, T[] values)
            where T : struct => group.WriteAsync<T>(Field(column), values, cancellationToken: cancellationToken);

        Task OptionalAsync<T>(string column, T?[] values)
            where T : struct => group.WriteAsync<T>(Field(column), values, cancellationToken: cancellationToken);
    }

    private Task WriteVectorsAsync(ParquetRowGroupWriter group, ReadOnlyMemory<float> vectors, CancellationToken cancellationToken)
    {
        var (field, type) = (Field(PartSchema.Embedding), _metadata.VectorType);
        var length = type.StoredLength(_metadata.Dimension);
        var components = vectors.Length / _metadata.Dimension * length;
        switch (type)
        {
            case VectorType.Float16:
                var rounded = new float[components];
                VectorTypes.Round(vectors.Span, rounded);
                return WriteAsync<float>(rounded);
            case VectorType.Int8:
                var signed = new sbyte[components];
                VectorTypes.Quantise(vectors.Span, _metadata.Range, signed);
                return WriteAsync<sbyte>(signed);
            case VectorType.UInt8:
                var unsigned = new byte[components];
                VectorTypes.Quantise(vectors.Span, _metadata.Range, unsigned);
                return WriteAsync<byte>(unsigned);
            case VectorType.Binary:
                var bits = new byte[components];
                VectorTypes.Pack(vectors.Span, bits);
                return WriteAsync<byte>(bits);
            default:
                return WriteAsync(vectors);
        }

        Task WriteAsync<T>(ReadOnlyMemory<T> values)
            where T : struct
        {
            var levels = ListLevels.Create(length, field.MaxDefinitionLevel, field.MaxRepetitionLevel, components);
            return group.WriteAllPartsAsync(
                field, values, levels.Definitions[..components], levels.Repetitions[..components], cancellationToken);
        }
    }

    private static long? Microseconds(DateTime? time) => (time - DateTime.UnixEpoch)?.Ticks / TimeSpan.TicksPerMicrosecond;

    private DataField Field(string column) => PartSchema.Field(_schema, column)!;
}
