using SimCse.Jobs.Charsets;
using SimCse.Jobs.Parts;

namespace SimCse.Jobs.Sources;

/// <summary>How the records of a source are read: what is found once when it is planned.</summary>
/// <param name="Format">The format of the source.</param>
/// <param name="Charset">The charset of the bytes that are read.</param>
/// <param name="Columns">The columns that are wanted.</param>
/// <param name="Kept">The columns that are passed through, with their types; <see langword="null"/> when there are none.</param>
/// <param name="Table">The columns of a table.</param>
/// <param name="LineEnd">
/// Where lines end; <see langword="null"/> as in earlier releases: at line feeds, and only ASCII white space is blank.
/// </param>
/// <param name="TranscodedFrom">The charset that was turned into UTF-8; <see langword="null"/> when none was.</param>
internal sealed record RecordLayout(
    SourceFormat Format, string Charset, SourceColumns Columns, IReadOnlyList<KeptColumn>? Kept, TableLayout? Table, LineEnd? LineEnd,
    string? TranscodedFrom)
{
    /// <summary>
    /// The number of records whose id a record before has, too; <see langword="null"/> when it is not known: where there are no ids, or
    /// more than four million.
    /// </summary>
    public long? DuplicateIds { get; init; }

    private readonly BlankIn _blank = LineEnd is null ? BlankIn.All
        : SourceCharset.IsTranscoded(Charset) ? BlankIn.Utf8 : SourceCharset.FromName(Charset).Blank;

    /// <summary>Cuts bytes, from the beginning of a record, into records.</summary>
    public IRecordReader Cut(Stream stream) =>
        Table is null ? new LineReader(stream, LineEnd ?? Sources.LineEnd.LineFeed) : new TableReader(stream, (byte)Table.Separator);

    public IRecordParser CreateParser() =>
        Table is null ? new RecordParser(Format, Charset, Columns, Kept, transcodedFrom: TranscodedFrom) : new TableParser(this, Table);

    /// <summary>Whether the record last read is blank. Planner and shards agree on it.</summary>
    public bool IsBlank(IRecordReader records) => records.Blank.HasFlag(_blank);
}

/// <summary>Turns the bytes of a record into a text, or into the reason why it is none.</summary>
internal interface IRecordParser
{
    /// <param name="lineNumber">The number of the record's first line, from 1.</param>
    /// <param name="reader">The reader that has just read the record.</param>
    SourceRecord Parse(long lineNumber, IRecordReader reader);
}
