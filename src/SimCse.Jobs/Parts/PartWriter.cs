using System.Buffers;
using Parquet;
using Parquet.Schema;

namespace SimCse.Jobs.Parts;

/// <summary>Writes one part, a row group at a time. Not thread-safe; <see cref="DisposeAsync"/> writes the footer.</summary>
public sealed class PartWriter : IAsyncDisposable
{
    private readonly ParquetWriter _writer;
    private readonly ParquetSchema _schema;
    private readonly int _dimension;

    private PartWriter(ParquetWriter writer, ParquetSchema schema, int dimension)
    {
        _writer = writer;
        _schema = schema;
        _dimension = dimension;
    }

    /// <param name="stream">Written to asynchronously, from its present position; stays with the caller.</param>
    /// <param name="metadata">Goes to the footer.</param>
    /// <param name="includeText">Whether there is a column <c>text</c>.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public static async Task<PartWriter> CreateAsync(
        Stream stream, PartMetadata metadata, bool includeText, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(metadata);
        var schema = PartSchema.Create(includeText);
        var writer = await ParquetWriter.CreateAsync(schema, stream, PartSchema.Options(schema), cancellationToken: cancellationToken);
        writer.CustomMetadata = metadata.ToFooter();
        return new PartWriter(writer, schema, metadata.Dimension);
    }

    /// <summary>Writes rows as one row group; none at all are none.</summary>
    /// <exception cref="ArgumentException">The vectors have another dimension than the footer says.</exception>
    public async Task WriteAsync(PartRows rows, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(rows);
        if (rows.Encoded.Dimension != _dimension)
        {
            throw new ArgumentException($"The vectors have {rows.Encoded.Dimension} components; the part has {_dimension}.", nameof(rows));
        }

        if (rows.Count == 0)
        {
            return;
        }

        using var group = _writer.CreateRowGroup();
        await group.WriteAsync(Field(PartSchema.Id), [.. rows.Ids]);
        await group.WriteAsync<long>(Field(PartSchema.Line), rows.Lines.ToArray(), cancellationToken: cancellationToken);
        if (PartSchema.Field(_schema, PartSchema.Text) is { } text)
        {
            await group.WriteAsync(text, [.. rows.Texts]);
        }

        await group.WriteAsync<int>(Field(PartSchema.Tokens), rows.Encoded.Tokens, cancellationToken: cancellationToken);
        await group.WriteAsync<bool>(Field(PartSchema.Truncated), rows.Encoded.Truncated, cancellationToken: cancellationToken);
        await WriteVectorsAsync(group, rows.Encoded.Vectors, cancellationToken);
    }

    public ValueTask DisposeAsync() => _writer.DisposeAsync();

    private async Task WriteVectorsAsync(ParquetRowGroupWriter group, float[] vectors, CancellationToken cancellationToken)
    {
        // Repetition level 0 begins a list, 1 goes on with it; every list and every component is there, hence one definition level for all.
        var field = Field(PartSchema.Embedding);
        var (repetitions, definitions) = (ArrayPool<int>.Shared.Rent(vectors.Length), ArrayPool<int>.Shared.Rent(vectors.Length));
        try
        {
            repetitions.AsSpan(0, vectors.Length).Fill(field.MaxRepetitionLevel);
            for (var row = 0; row < vectors.Length; row += _dimension)
            {
                repetitions[row] = 0;
            }

            definitions.AsSpan(0, vectors.Length).Fill(field.MaxDefinitionLevel);
            await group.WriteAllPartsAsync<float>(
                field, vectors, definitions.AsMemory(0, vectors.Length), repetitions.AsMemory(0, vectors.Length), cancellationToken);
        }
        finally
        {
            ArrayPool<int>.Shared.Return(repetitions);
            ArrayPool<int>.Shared.Return(definitions);
        }
    }

    private DataField Field(string column) => PartSchema.Field(_schema, column)!;
}
