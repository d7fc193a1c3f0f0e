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
    private readonly int _dimension;

    private PartWriter(ParquetWriter writer, ParquetSchema schema, int dimension)
    {
        _writer = writer;
        _schema = schema;
        _dimension = dimension;
    }

    /// <param name="stream">Receives the part by asynchronous writes, from its present position. The caller disposes of it.</param>
    /// <param name="metadata">The content of the footer.</param>
    /// <param name="includeText">Whether the part has a column <c>text</c>.</param>
    /// <param name="kept">The kept columns, whose values each row has; <see langword="null"/> when there are none.</param>
    /// <param name="cancellationToken">Cancels the writing.</param>
    public static async Task<PartWriter> CreateAsync(
        Stream stream, PartMetadata metadata, bool includeText, IReadOnlyList<KeptColumn>? kept = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(metadata);
        var schema = PartSchema.Create(includeText);
        var writer = await ParquetWriter.CreateAsync(schema, stream, PartSchema.Options(schema), cancellationToken: cancellationToken);
        writer.CustomMetadata = new Dictionary<string, string>(metadata.ToFooter())
        {
            [ArrowSchema.Key] = ArrowSchema.Create(schema, metadata.Dimension),
        };
        return new PartWriter(writer, schema, metadata.Dimension);
    }

    /// <summary>Writes rows as row groups of at most <see cref="MaxRowsPerGroup"/>; no rows give no row group.</summary>
    /// <exception cref="ArgumentException">The vectors have another dimension than the footer says.</exception>
    public async Task WriteAsync(PartRows rows, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(rows);
        if (rows.Encoded.Dimension != _dimension)
        {
            throw new ArgumentException($"The vectors have {rows.Encoded.Dimension} components; the part has {_dimension}.", nameof(rows));
        }

        for (var start = 0; start < rows.Count; start += MaxRowsPerGroup)
        {
            await WriteGroupAsync(rows, start, Math.Min(MaxRowsPerGroup, rows.Count - start), cancellationToken);
        }
    }

    public ValueTask DisposeAsync() => _writer.DisposeAsync();

    private async Task WriteGroupAsync(PartRows rows, int start, int count, CancellationToken cancellationToken)
    {
        using var group = _writer.CreateRowGroup();
        await group.WriteAsync(PartSchema.Utf8Id, Bytes(rows.Ids, start, count));
        await group.WriteAsync<long>(
            Field(PartSchema.Line), rows.Lines.Skip(start).Take(count).ToArray(), cancellationToken: cancellationToken);
        if (PartSchema.Field(_schema, PartSchema.Text) is not null)
        {
            await group.WriteAsync(PartSchema.Utf8Text, Bytes(rows.Texts, start, count));
        }

        await group.WriteAsync<int>(
            Field(PartSchema.Tokens), rows.Encoded.Tokens.AsMemory(start, count), cancellationToken: cancellationToken);
        await group.WriteAsync<bool>(
            Field(PartSchema.Truncated), rows.Encoded.Truncated.AsMemory(start, count), cancellationToken: cancellationToken);

        var field = Field(PartSchema.Embedding);
        var components = count * _dimension;
        var levels = ListLevels.Create(_dimension, field.MaxDefinitionLevel, field.MaxRepetitionLevel, components);
        await group.WriteAllPartsAsync<float>(
            field, rows.Encoded.Vectors.AsMemory(start * _dimension, components), levels.Definitions[..components],
            levels.Repetitions[..components],
            cancellationToken);
    }

    private static byte[][] Bytes(IReadOnlyList<string> strings, int start, int count) =>
        [.. strings.Skip(start).Take(count).Select(Encoding.UTF8.GetBytes)];

    private DataField Field(string column) => PartSchema.Field(_schema, column)!;
}
