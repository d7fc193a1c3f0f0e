using SimCse.Jobs.Parts;

namespace SimCse.Jobs.Sources;

/// <summary>How the records of a source are read: what is found once when it is planned.</summary>
/// <param name="Format">The format of the source.</param>
/// <param name="Charset">The charset of the bytes that are read.</param>
/// <param name="Columns">The columns that are wanted.</param>
/// <param name="Kept">The columns that are passed through, with their types; <see langword="null"/> when there are none.</param>
/// <param name="Table">The columns of a table.</param>
internal sealed record RecordLayout(
    SourceFormat Format, string Charset, SourceColumns Columns, IReadOnlyList<KeptColumn>? Kept, TableLayout? Table)
{
    /// <summary>Cuts bytes, from the beginning of a record, into records.</summary>
    public IRecordReader Cut(Stream stream) => Table is null ? new LineReader(stream) : new TableReader(stream, (byte)Table.Separator);

    public IRecordParser CreateParser() => Table is null ? new RecordParser(Format, Charset, Columns, Kept) : new TableParser(this, Table);
}

/// <summary>Turns the bytes of a record into a text, or into the reason why it is none.</summary>
internal interface IRecordParser
{
    /// <param name="lineNumber">The number of the record's first line, from 1.</param>
    /// <param name="reader">The reader that has just read the record.</param>
    SourceRecord Parse(long lineNumber, IRecordReader reader);
}
