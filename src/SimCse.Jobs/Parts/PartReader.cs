using Azure;
using Parquet;
using Parquet.Schema;
using SimCse.Inference;

namespace SimCse.Jobs.Parts;

/// <summary>Reads a part back, a row group at a time. Not thread-safe.</summary>
public sealed class PartReader : IAsyncDisposable
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
    }

    public PartMetadata Metadata { get; }

    /// <param name="stream">A seekable Parquet file. The caller disposes of the stream.</param>
    /// <param name="file">The name to show in error messages.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <exception cref="InvalidDataException">The file is not Parquet, is damaged, or simcse did not write it.</exception>
    public static async Task<PartReader> OpenAsync(Stream stream, string file, CancellationToken cancellationToken = default)
    {
        ParquetReader reader;
        try
        {
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
            PartRows rows;
            try
            {
                rows = await ReadAsync(_reader.RowGroups[group], cancellationToken);
            }
            catch (Exception e) when (IsDamage(e))
            {
                throw new InvalidDataException(
                    $"{_file} is damaged in row group {group + 1}. A job's part can be fetched again with 'simcse jobs download'.", e);
            }

            yield return rows;
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
        await group.ReadRawAsync<float>(
            Field(PartSchema.Embedding), encoded.Vectors, new int[encoded.Vectors.Length], new int[encoded.Vectors.Length],
            cancellationToken);
        string[] texts = [];
        if (PartSchema.Field(_reader.Schema, PartSchema.Text) is { } text)
        {
            texts = new string[rows];
            await group.ReadAsync(text, texts, cancellationToken: cancellationToken);
        }

        return new PartRows(ids, lines, texts, encoded);
    }

    private DataField Field(string column) => PartSchema.Field(_reader.Schema, column)
        ?? throw new InvalidDataException($"The part lacks the column {column}.");
}
