using System.IO.Hashing;
using System.Text.Json;
using SimCse.Jobs.Charsets;

namespace SimCse.Jobs.Sources;

/// <summary>
/// Counts the records whose id a record before has, too, with bounded memory: 8 bytes an id, up to <see cref="MaxIds"/>. Ids are compared
/// as bytes, before the charset is known. Not thread-safe.
/// </summary>
/// <param name="format">The format, which has ids.</param>
/// <param name="columns">Name the id.</param>
internal sealed class DuplicateIds(SourceFormat format, SourceColumns columns)
{
    /// <summary>32 MiB of hashes. Two of so many different ids have the same hash once in four million sources.</summary>
    internal const int MaxIds = 1 << 22;

    private static readonly JsonReaderOptions Json = new() { MaxDepth = RecordParser.MaxDepth };

    private readonly TableFields _fields = new();
    private ulong[] _hashes = new ulong[1 << 10];
    private int _count;
    private bool _isFull;
    private byte _separator;
    private int? _column;

    /// <summary>Reads where a table has its ids. The same name has other bytes in each charset.</summary>
    public void AddHeader(ReadOnlySpan<byte> header, byte separator)
    {
        _separator = separator;
        foreach (var charset in (string[])[SourceCharset.Utf8, SourceCharset.ShiftJis, SourceCharset.EucJp])
        {
            try
            {
                _column ??= TableLayout.Find(header, separator, SourceCharset.FromName(charset), columns).Id;
            }
            catch (PermanentJobException)
            {
                // It is another charset, or the job fails once the charset is known.
            }
        }
    }

    public void Add(IRecordReader record)
    {
        if (_isFull || record.IsBlank || record.IsTooLong)
        {
            return;
        }

        var id = format.IsTable ? OfTable((TableReader)record) : OfJson(record.Line);
        if (id.IsEmpty)
        {
            return;
        }

        _isFull = _count == MaxIds;
        if (!_isFull)
        {
            Array.Resize(ref _hashes, _count == _hashes.Length ? _count * 2 : _hashes.Length);
            _hashes[_count++] = XxHash3.HashToUInt64(id);
        }
    }

    /// <summary>The number of records that repeat an id; <see langword="null"/> when there are too many ids to know.</summary>
    public long? Count()
    {
        if (_isFull)
        {
            return null;
        }

        var ids = _hashes.AsSpan(0, _count);
        ids.Sort();
        var repeated = 0L;
        for (var i = 1; i < ids.Length; i++)
        {
            repeated += ids[i] == ids[i - 1] ? 1 : 0;
        }

        return repeated;
    }

    private ReadOnlySpan<byte> OfTable(TableReader record)
    {
        if (_column is not { } column || record.IsBroken)
        {
            return [];
        }

        _fields.Split(record.Line, _separator);
        return column < _fields.Count ? _fields[column] : [];
    }

    /// <summary>The id as it stands in JSON, without the marks around a string.</summary>
    private ReadOnlySpan<byte> OfJson(ReadOnlySpan<byte> line)
    {
        var reader = new Utf8JsonReader(line, Json);
        try
        {
            ReadOnlySpan<byte> id = [];
            while (reader.Read())
            {
                if (reader.TokenType == JsonTokenType.PropertyName && reader.CurrentDepth == 1)
                {
                    var isId = reader.ValueTextEquals(columns.IdProperty);
                    reader.Read();
                    var (start, isString) = ((int)reader.TokenStartIndex, reader.TokenType == JsonTokenType.String);
                    reader.Skip();
                    id = !isId ? id
                        : reader.TokenType == JsonTokenType.Null ? []
                        : isString ? line[(start + 1)..((int)reader.BytesConsumed - 1)]
                        : line[start..(int)reader.BytesConsumed];
                }
            }

            return id;
        }
        catch (JsonException)
        {
            return []; // an error row
        }
    }
}
