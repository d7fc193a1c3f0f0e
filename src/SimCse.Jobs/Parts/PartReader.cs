using Azure;
using Parquet;
using Parquet.Schema;
using SimCse.Inference;

namespace SimCse.Jobs.Parts;

/// <summary>Reads a part back, a row group at a time. Not thread-safe.</summary>
public sealed partial class PartReader : IAsyncDisposable
{
    /// <summary>More than any release writes into a row group: a larger number is damage, and would only take memory.</summary>
    private const int MaxRows = 1 << 20, MaxComponents = 1 << 28;

    private readonly ParquetReader _reader;
    private readonly string _file;

    private PartReader(ParquetReader reader, PartMetadata metadata, string file)
    {
        _reader = reader;
        _file = file;
        Metadata = metadata;
        Kept = PartSchema.Kept(reader.Schema, file);
    }

    public PartMetadata Metadata { get; }

    /// <summary>The columns that the part has from its source.</summary>
    public IReadOnlyList<KeptColumn> Kept { get; }

    /// <summary>Whether the part has a column <c>text</c>.</summary>
    public bool HasText => PartSchema.Field(_reader.Schema, PartSchema.Text) is not null;

    /// <summary>The number of rows, as the footer has it.</summary>
    public long Rows => _reader.RowGroups.Sum(group => group.RowCount);

    /// <param name="stream">A seekable Parquet file. The caller disposes of the stream.</param>
    /// <param name="file">The name to show in error messages.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <exception cref="InvalidDataException">The file is not Parquet, is damaged, or simcse did not write it.</exception>
    public static async Task<PartReader> OpenAsync(Stream stream, string file, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ParquetReader reader;
        try
        {
            await FooterCheck.RunAsync(stream, cancellationToken);
            reader = await ParquetReader.CreateAsync(stream, leaveStreamOpen: true, cancellationToken: cancellationToken);
        }
        catch (Exception e) when (IsDamage(e))
        {
            throw new InvalidDataException(
                $"{file} is no Parquet file, or it is cut off or damaged; expected one that simcse wrote.", e);
        }

        return new PartReader(reader, PartMetadata.FromFooter(reader.CustomMetadata, file), file);
    }

    /// <summary>The rows of each row group, in order. Texts are empty when the part has no column <c>text</c>.</summary>
    /// <exception cref="InvalidDataException">The part is damaged, or lacks a column.</exception>
    public async IAsyncEnumerable<PartRows> ReadAsync(
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        for (var group = 0; group < _reader.RowGroups.Count; group++)
        {
            yield return await ReadGroupAsync(group, cancellationToken);
        }
    }

    public ValueTask DisposeAsync() => _reader.DisposeAsync();

    /// <summary>Bytes that are not what a decoder takes them for end in exceptions of many kinds; only these are something else.</summary>
    private static bool IsDamage(Exception e) => e is not (OperationCanceledException or RequestFailedException);

    private async Task<PartRows> ReadAsync(ParquetRowGroupReader group, CancellationToken cancellationToken)
    {
        if (group.RowCount is < 0 or > MaxRows || group.RowCount * Metadata.Dimension > MaxComponents)
        {
            throw new InvalidDataException($"It would have {group.RowCount} rows.");
        }

        var rows = (int)group.RowCount;
        var (ids, lines) = (new string[rows], new long[rows]);
        var encoded = new EncodedTexts(rows, Metadata.Dimension);
        await group.ReadAsync(Field(PartSchema.Id), ids, cancellationToken: cancellationToken);
        await group.ReadAsync<long>(Field(PartSchema.Line), lines, cancellationToken: cancellationToken);
        await group.ReadAsync<int>(Field(PartSchema.Tokens), encoded.Tokens, cancellationToken: cancellationToken);
        await group.ReadAsync<bool>(Field(PartSchema.Truncated), encoded.Truncated, cancellationToken: cancellationToken);
        await ReadVectorsAsync(group, encoded.Vectors, cancellationToken);
        string[] texts = [];
        if (HasText)
        {
            texts = new string[rows];
            await group.ReadAsync(Field(PartSchema.Text), texts, cancellationToken: cancellationToken);
        }

        return new PartRows(ids, lines, texts, encoded)
        {
            Kept = await ReadKeptAsync(group, rows, cancellationToken),
            Chunks = await ReadChunksAsync(group, rows, cancellationToken),
        };
    }

    private async Task ReadVectorsAsync(ParquetRowGroupReader group, float[] vectors, CancellationToken cancellationToken)
    {
        var type = Metadata.VectorType;
        var values = vectors.Length / Metadata.Dimension * type.StoredLength(Metadata.Dimension);
        switch (type)
        {
            case VectorType.Int8:
                VectorTypes.Restore(await ReadAsync(new sbyte[values]), Metadata.Range, vectors);
                break;
            case VectorType.UInt8:
                VectorTypes.Restore(await ReadAsync(new byte[values]), Metadata.Range, vectors);
                break;
            case VectorType.Binary:
                VectorTypes.Unpack(await ReadAsync(new byte[values]), vectors);
                break;
            default:
                await ReadAsync(vectors);
                break;
        }

        async Task<T[]> ReadAsync<T>(T[] stored)
            where T : struct
        {
            await group.ReadRawAsync<T>(Field(PartSchema.Embedding), stored, new int[values], new int[values], cancellationToken);
            return stored;
        }
    }

    private async Task<TextChunk[]?> ReadChunksAsync(ParquetRowGroupReader group, int rows, CancellationToken cancellationToken)
    {
        if (Metadata.ChunkOverlap is null)
        {
            return null;
        }

        var columns = new int[3][];
        foreach (var (i, column) in ((string[])[PartSchema.Chunk, PartSchema.Start, PartSchema.Length]).Index())
        {
            await group.ReadAsync<int>(Field(column), columns[i] = new int[rows], cancellationToken: cancellationToken);
        }

        return [.. Enumerable.Range(0, rows).Select(row => new TextChunk(columns[0][row], columns[1][row], columns[2][row]))];
    }

    private async Task<object?[][]?> ReadKeptAsync(ParquetRowGroupReader group, int rows, CancellationToken cancellationToken)
    {
        if (Kept.Count == 0)
        {
            return null;
        }

        object?[][] kept = [.. Enumerable.Range(0, rows).Select(_ => new object?[Kept.Count])];
        foreach (var (i, column) in Kept.Index())
        {
            switch (column.Type)
            {
                case KeptType.String:
                    var strings = new string[rows];
                    await group.ReadAsync(Field(column.Name), strings, cancellationToken: cancellationToken);
                    Put(strings);
                    break;
                case KeptType.Int64:
                    Put(await ReadAsync<long>());
                    break;
                case KeptType.Double:
                    Put(await ReadAsync<double>());
                    break;
                case KeptType.Boolean:
                    Put(await ReadAsync<bool>());
                    break;
                default:
                    Put(await ReadAsync<DateTime>());
                    break;
            }

            void Put<T>(T[] values)
            {
                for (var row = 0; row < rows; row++)
                {
                    kept[row][i] = values[row];
                }
            }

            async Task<T?[]> ReadAsync<T>()
                where T : struct
            {
                var values = new T?[rows];
                await group.ReadAsync<T>(Field(column.Name), values, cancellationToken: cancellationToken);
                return values;
            }
        }

        return kept;
    }

    private DataField Field(string column) => PartSchema.Field(_reader.Schema, column)
        ?? throw new InvalidDataException($"The part lacks the column {column}.");
}
