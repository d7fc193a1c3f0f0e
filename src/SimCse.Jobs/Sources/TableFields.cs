namespace SimCse.Jobs.Sources;

/// <summary>The fields of one record of a table, as bytes without the quotation marks around them. Not thread-safe.</summary>
internal sealed class TableFields
{
    private readonly List<(int Start, int Length)> _fields = [];
    private byte[] _bytes = new byte[1 << 12];

    public int Count => _fields.Count;

    /// <summary>The content of a field; valid until the next record.</summary>
    public ReadOnlySpan<byte> this[int index] => _bytes.AsSpan(_fields[index].Start, _fields[index].Length);

    /// <summary>Splits a record by the rules of <see cref="TableReader"/>.</summary>
    /// <param name="record">The record without its line end. It is not broken.</param>
    /// <param name="separator">The separator.</param>
    public void Split(ReadOnlySpan<byte> record, byte separator)
    {
        Begin(record.Length);
        var used = 0;
        while (true)
        {
            var start = used;
            if (record is [TableReader.Quote, ..])
            {
                record = record[1..];
                while (true)
                {
                    var quote = record.IndexOf(TableReader.Quote);
                    used += Copy(record[..quote], used);
                    record = record[(quote + 1)..];
                    if (record is not [TableReader.Quote, ..])
                    {
                        break;
                    }

                    _bytes[used++] = TableReader.Quote;
                    record = record[1..];
                }
            }
            else
            {
                var end = record.IndexOf(separator);
                used += Copy(end < 0 ? record : record[..end], used);
                record = end < 0 ? [] : record[end..];
            }

            _fields.Add((start, used - start));
            if (record.IsEmpty)
            {
                return;
            }

            record = record[1..]; // the separator
        }
    }

    /// <summary>Splits a record whose quotation marks are characters like others.</summary>
    public void SplitPlain(ReadOnlySpan<byte> record, byte separator)
    {
        Begin(record.Length);
        Copy(record, 0);
        for (var start = 0; ; start++)
        {
            var length = record[start..].IndexOf(separator);
            _fields.Add((start, length < 0 ? record.Length - start : length));
            if (length < 0)
            {
                return;
            }

            start += length;
        }
    }

    private void Begin(int bytes)
    {
        _fields.Clear();
        if (_bytes.Length < bytes)
        {
            _bytes = new byte[bytes * 2];
        }
    }

    private int Copy(ReadOnlySpan<byte> bytes, int at)
    {
        bytes.CopyTo(_bytes.AsSpan(at));
        return bytes.Length;
    }
}
