using System.Globalization;
using System.Text;
using SimCse.Jobs.Charsets;
using SimCse.Jobs.Parts;

namespace SimCse.Jobs.Sources;

/// <summary>Turns the records of a table into texts. Not thread-safe.</summary>
internal sealed class TableParser(RecordLayout layout, TableLayout table) : IRecordParser
{
    private readonly SourceCharset _charset = SourceCharset.FromName(layout.Charset);
    private readonly byte _separator = (byte)table.Separator;
    private readonly TableFields _fields = new();
    private readonly IReadOnlyList<KeptColumn> _kept = layout.Kept ?? [];

    public SourceRecord Parse(long lineNumber, IRecordReader reader)
    {
        var id = lineNumber.ToString(CultureInfo.InvariantCulture);
        try
        {
            Split((TableReader)reader);
            if (table.Id is { } column && Decode(column) is { Length: > 0 } own)
            {
                id = own;
            }

            var text = Decode(table.Text);
            return string.IsNullOrWhiteSpace(text)
                ? throw new FormatException("The text is empty.")
                : new SourceRecord(lineNumber, id, text, null) { Kept = Keep() };
        }
        catch (FormatException e)
        {
            return new SourceRecord(lineNumber, id, null, e.Message);
        }
    }

    private void Split(TableReader reader)
    {
        if (reader.IsTooLong)
        {
            throw new FormatException($"The line has {reader.LineBytes} bytes; at most {LineReader.MaxLineBytes} are read.");
        }

        if (!reader.IsBroken)
        {
            _fields.Split(reader.Line, _separator);
        }
        else if (layout.Format.Kind == SourceKind.Tsv)
        {
            _fields.SplitPlain(reader.Line, _separator); // most programs quote nothing in these
        }
        else
        {
            throw new FormatException(
                $"A quotation mark begins a field and none ends it before a separator or a line end, within {LineReader.MaxLineBytes} " +
                "bytes. Expected two for each one that belongs to the text. The next record begins on the next line.");
        }

        if (_fields.Count != table.Columns)
        {
            throw new FormatException($"The record has {Fields(_fields.Count)}; the header has {Fields(table.Columns)}.");
        }

        static string Fields(int count) => count == 1 ? "1 field" : $"{count} fields";
    }

    private object?[]? Keep()
    {
        if (_kept.Count == 0)
        {
            return null;
        }

        var values = new object?[_kept.Count];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = KeptValue.Parse(Decode(table.Kept[i]), _kept[i]);
        }

        return values;
    }

    private string Decode(int column)
    {
        try
        {
            return _charset.Decode(_fields[column]);
        }
        catch (DecoderFallbackException e)
        {
            throw new FormatException(
                $"Byte {e.Index + 1} of field {column + 1} (0x{Convert.ToHexString(e.BytesUnknown ?? [])}) is not {layout.Charset}, " +
                "which the rest of the source is.");
        }
    }
}
