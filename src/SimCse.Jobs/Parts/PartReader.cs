using Parquet;
using Parquet.Schema;
using SimCse.Inference;

namespace SimCse.Jobs.Parts;

/// <summary>Reads a part back, a row group at a time. Not thread-safe.</summary>
public sealed class PartReader : IAsyncDisposable
{
    private readonly ParquetReader _reader;

    private PartReader(ParquetReader reader, PartMetadata metadata)
    {
        _reader = reader;
        Metadata = metadata;
    }

    public PartMetadata Metadata { get; }

    /// <param name="stream">A seekable Parquet file. The caller disposes of the stream.</param>
    /// <param name="file">The name to show in error messages.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <exception cref="InvalidDataException">The file is not Parquet, or simcse did not write it.</exception>
    public static async Task<PartReader> OpenAsync(Stream stream, string file, CancellationToken cancellationToken = default)
    {
        ParquetReader reader;
        try
        {
            reader = await ParquetReader.CreateAsync(stream, leaveStreamOpen: true, cancellationToken: cancellationToken);
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            throw new InvalidDataException($"{file} is no Parquet file: {e.Message}", e);
        }

        return new PartReader(reader, PartMetadata.FromFooter(reader.CustomMetadata, file));
    }

    /// <summary>The rows of each row group, in order. Texts are empty when the part has no column <c>text</c>.</summary>
    public async IAsyncEnumerable<PartRows> ReadAsync(
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        foreach (var group in _reader.RowGroups)
        {
            var rows = checked((int)group.RowCount);
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

            yield return new PartRows(ids, lines, texts, encoded);
        }
    }

    public ValueTask DisposeAsync() => _reader.DisposeAsync();

    private DataField Field(string column) => PartSchema.Field(_reader.Schema, column)
        ?? throw new InvalidDataException($"The part lacks the column {column}.");
}
