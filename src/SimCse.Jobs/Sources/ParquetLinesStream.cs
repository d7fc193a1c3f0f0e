using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Azure;
using Parquet;
using Parquet.Schema;
using SimCse.Jobs.Parts;

namespace SimCse.Jobs.Sources;

/// <summary>
/// The rows of a Parquet file as JSON lines with the wanted columns; the others are not read. One row group of these columns is held at a
/// time. Not thread-safe; owns the reader, not the stream.
/// </summary>
internal sealed class ParquetLinesStream : JsonLinesStream
{
    /// <summary>The most bytes, uncompressed, of a column in a row group.</summary>
    private const long MaxColumnBytes = 256 << 20;

    private const int MaxRows = 1 << 24;
    private const int RowsAtOnce = 256;

    private readonly ParquetReader _reader;
    private readonly (JsonEncodedText Name, ParquetColumn Column)[] _columns;
    private readonly Utf8JsonWriter _json;
    private readonly long _maxBytes;
    private long _bytes;
    private int _groups;
    private int _row;
    private int _rows;

    private ParquetLinesStream(
        ParquetReader reader, (JsonEncodedText Name, ParquetColumn Column)[] columns, IReadOnlyList<KeptColumn>? kept, long maxBytes)
    {
        _reader = reader;
        _columns = columns;
        _maxBytes = maxBytes;
        _json = new Utf8JsonWriter(
            Lines, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true });
        Kept = kept;
        GroupEnds = [];
        var rows = 0L;
        foreach (var group in reader.RowGroups)
        {
            GroupEnds.Add(rows += group.RowCount);
        }
    }

    /// <summary>The kept columns, each with the type that somebody has named or that the file's schema has.</summary>
    public IReadOnlyList<KeptColumn>? Kept { get; }

    /// <summary>The numbers of the last rows of row groups, from 1.</summary>
    public HashSet<long> GroupEnds { get; }

    /// <param name="file">The file, which has to be seekable.</param>
    /// <param name="columns">The wanted columns.</param>
    /// <param name="maxBytes">The most bytes that may come out.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <exception cref="PermanentJobException">It is no Parquet file, or lacks a column, or a column's type is not supported.</exception>
    public static async Task<ParquetLinesStream> OpenAsync(
        Stream file, SourceColumns columns, long maxBytes, CancellationToken cancellationToken)
    {
        var start = new byte[KnownContent.Bytes];
        var length = await file.ReadAtLeastAsync(start, start.Length, throwOnEndOfStream: false, cancellationToken);
        if (!start.AsSpan(0, length).StartsWith("PAR1"u8))
        {
            throw new PermanentJobException(
                $"The source is named .parquet, but it is {KnownContent.Describe(start.AsSpan(0, length)) ?? "no Parquet file"}. " +
                "Name it by what it is.");
        }

        var reader = await TryAsync(
            async () => await ParquetReader.CreateAsync(file, leaveStreamOpen: true, cancellationToken: cancellationToken),
            "The source is no Parquet file, or it is cut off or damaged. Upload it again.");
        try
        {
            var fields = reader.Schema.Fields;
            var found = ColumnFinder.Find([.. fields.Select(field => field.Name)], columns, "file");
            var wanted = new Dictionary<string, ParquetColumn> { [columns.TextProperty] = Column(fields[found.Text], isText: true) };
            if (found.Id is { } id)
            {
                wanted.TryAdd(columns.IdProperty, Column(fields[id]));
            }

            var kept = new List<KeptColumn>();
            for (var i = 0; i < columns.Keep.Count; i++)
            {
                var (name, type) = columns.Keep[i];
                var column = Column(fields[found.Kept[i]]);
                wanted.TryAdd(name, column);
                kept.Add(new KeptColumn(name, type ?? column.Type));
            }

            return new ParquetLinesStream(
                reader, [.. wanted.Select(pair => (JsonEncodedText.Encode(pair.Key), pair.Value))], kept.Count > 0 ? kept : null, maxBytes);
        }
        catch
        {
            await reader.DisposeAsync();
            throw;
        }
    }

    protected override async ValueTask<bool> WriteAsync(CancellationToken cancellationToken)
    {
        if (_row == _rows)
        {
            if (_groups == _reader.RowGroups.Count)
            {
                return false;
            }

            await LoadAsync(_reader.RowGroups[_groups++], cancellationToken);
        }

        for (var end = Math.Min(_rows, _row + RowsAtOnce); _row < end; _row++)
        {
            _json.Reset(Lines);
            _json.WriteStartObject();
            foreach (var (name, column) in _columns)
            {
                _json.WritePropertyName(name);
                column.Write(_json, _row);
            }

            _json.WriteEndObject();
            _json.Flush();
            Lines.Write("\n"u8);
        }

        _bytes += Lines.WrittenCount;
        return _bytes <= _maxBytes ? true : throw WholeGzipStream.TooLarge(_maxBytes);
    }

    public override async ValueTask DisposeAsync()
    {
        foreach (var (_, column) in _columns)
        {
            column.Dispose();
        }

        await _json.DisposeAsync();
        await _reader.DisposeAsync();
        await base.DisposeAsync();
    }

    private static ParquetColumn Column(Field field, bool isText = false)
    {
        var column = field is DataField { MaxRepetitionLevel: 0 } data ? ParquetColumn.TryCreate(data) : null;
        return column is null ? throw Refused($"a {Kind(field)}", isText ? "a string" : "a column of plain values")
            : isText && field is DataField { ClrType: var type } && type != typeof(ReadOnlyMemory<char>)
                ? throw Refused($"{type.Name}", "a string")
            : column;

        PermanentJobException Refused(string what, string expected) =>
            new($"The column '{field.Name}' of the file is {what}; expected {expected}.");
    }

    private static string Kind(Field field) =>
        field is DataField data ? (data.ClrType == typeof(ReadOnlyMemory<byte>) ? "binary column" : "column of another type")
        : field.SchemaType.ToString().ToLowerInvariant();

    private async Task LoadAsync(ParquetRowGroupReader group, CancellationToken cancellationToken)
    {
        foreach (var (_, column) in _columns)
        {
            var size = group.GetMetadata(column.Field)?.MetaData?.TotalUncompressedSize ?? 0;
            if (size > MaxColumnBytes || group.RowCount > MaxRows)
            {
                throw new PermanentJobException(
                    $"Row group {_groups} has {group.RowCount} rows and {size} bytes in the column '{column.Field.Name}'; at most " +
                    $"{MaxRows} rows and {MaxColumnBytes} bytes of a column are read at once. Write the file with smaller row groups, " +
                    "such as of 100,000 rows.");
            }

            await TryAsync(
                async () =>
                {
                    await column.LoadAsync(group, cancellationToken);
                    return true;
                },
                $"Row group {_groups} of the column '{column.Field.Name}' ({group.GetMetadata(column.Field)?.MetaData?.Codec}) cannot be " +
                "read: it is damaged, or stored in a way that is not supported. Write it again, by Parquet's version 1 and with zstd.");
        }

        (_row, _rows) = (0, (int)group.RowCount);
    }

    /// <summary>Bytes that are not what a decoder takes them for end in exceptions of many kinds; only these are something else.</summary>
    private static async Task<T> TryAsync<T>(Func<Task<T>> read, string otherwise)
    {
        try
        {
            return await read();
        }
        catch (Exception e) when (e is not (OperationCanceledException or RequestFailedException or PermanentJobException))
        {
            throw new PermanentJobException(otherwise, e);
        }
    }
}
