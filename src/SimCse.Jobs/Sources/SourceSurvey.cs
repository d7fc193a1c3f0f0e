using SimCse.Jobs.Charsets;
using SimCse.Jobs.Parts;

namespace SimCse.Jobs.Sources;

/// <summary>Reads a source once and finds its records, its charset and its columns.</summary>
internal static class SourceSurvey
{
    /// <param name="source">Gives the offset of the text, and the charset of its byte-order mark.</param>
    /// <param name="text">The source's text, or a stream that passes it on.</param>
    /// <param name="format">The format of the source.</param>
    /// <param name="columns">The columns that are wanted.</param>
    /// <param name="table">An empty table, which receives every record.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <returns>
    /// How records are read. The types of kept columns may be missing (<see cref="KeptTypes"/>). If the charset is one that has to be
    /// transcoded, only that was found, and <paramref name="table"/> is void: the source has to be opened again in this charset.
    /// </returns>
    /// <exception cref="PermanentJobException">The source holds no text, or no such column, or its charset is not supported.</exception>
    public static async Task<RecordLayout> ReadAsync(
        SourceStream source, Stream text, SourceFormat format, SourceColumns columns, ShardTable table,
        CancellationToken cancellationToken)
    {
        if (!format.HasColumns && (columns.Id is not null || columns.Keep.Count > 0))
        {
            throw new PermanentJobException(
                "Each line of a .txt is a text, and it has no columns: the options idColumn and keep are for formats that have some.");
        }

        var cells = format.IsTable ? new TableReader(text, format.Kind == SourceKind.Tsv ? (byte)'\t' : null) : null;
        var records = cells ?? (IRecordReader)new LineReader(text);
        var header = cells is null ? [] : await ReadHeaderAsync(cells, table, cancellationToken);
        var detector = new CharsetDetector();
        var ids = format.HasColumns ? new DuplicateIds(format, columns) : null;
        if (header.Length > 0)
        {
            detector.Add(header);
            ids?.AddHeader(header, cells!.Separator);
        }

        while (records.TryRead() || await records.ReadAsync(cancellationToken))
        {
            table.Add(source.FirstByte + records.LineOffset, records.LineBytes, records.Blank, records.Lines);
            if (source.Parquet?.GroupEnds.Contains(table.Lines) == true)
            {
                table.Break();
            }

            ids?.Add(records);
            if (source.Charset is null)
            {
                detector.Add(records.Line);
            }
        }

        var charset = source.Charset ?? detector.Detect();
        if (SourceCharset.IsTranscoded(charset))
        {
            return new RecordLayout(format, charset, columns, Kept: null, Table: null, LineEnd: null, TranscodedFrom: null);
        }

        table.Settle(SourceCharset.FromName(charset).Blank);
        var lineEnd = (records as LineReader)?.LineEnd ?? LineEnd.LineFeed;
        if (table.Texts == 0)
        {
            throw new PermanentJobException(
                format.Record != "text" ? $"The source is whole, but it holds no {format.Record}."
                : table.Lines == 0 ? "The source is empty: 0 bytes of text."
                : header.Length > 0 ? "The source holds a header and no text."
                : $"The source holds {table.Lines} blank lines and no text.")
            { HoldsNoText = true };
        }

        var layout = cells is null
            ? new RecordLayout(
                format, charset, columns, source.Parquet?.Kept ?? KnownKept(format, columns), Table: null, lineEnd, source.TranscodedFrom)
            : new RecordLayout(
                format, charset, columns, TableLayout.KeptOf(columns),
                TableLayout.Find(header, cells.Separator, SourceCharset.FromName(charset), columns), lineEnd, source.TranscodedFrom);
        return layout with { DuplicateIds = ids?.Count() };
    }

    private static IReadOnlyList<KeptColumn>? KnownKept(SourceFormat format, SourceColumns columns) =>
        format.HasColumns && !columns.HasUnknownTypes ? TableLayout.KeptOf(columns) : null;

    /// <summary>Reads JSON lines a second time to find the types of kept properties, if there are any and nobody has named them.</summary>
    /// <param name="layout">What <see cref="ReadAsync"/> has found.</param>
    /// <param name="reopen">Opens the source again.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    public static async Task<RecordLayout> FindTypesAsync(
        RecordLayout layout, Func<Task<SourceStream>> reopen, CancellationToken cancellationToken)
    {
        if (layout.Kept is not null || layout.Columns.Keep.Count == 0)
        {
            return layout;
        }

        await using var source = await reopen();
        var types = new KeptTypes(layout.Columns);
        var parser = new RecordParser(layout.Format, layout.Charset, layout.Columns, types: types);
        var records = layout.Cut(source.Text);
        while (records.TryRead() || await records.ReadAsync(cancellationToken))
        {
            if (!layout.IsBlank(records))
            {
                parser.Parse(0, records);
            }
        }

        return layout with { Kept = types.Finish() };
    }

    /// <summary>Reads the first record that is not blank. It is in no shard.</summary>
    private static async Task<byte[]> ReadHeaderAsync(TableReader cells, ShardTable table, CancellationToken cancellationToken)
    {
        while (cells.TryRead() || await cells.ReadAsync(cancellationToken))
        {
            table.Skip(cells.Lines);
            if (cells.IsTooLong || cells.IsBroken)
            {
                throw new PermanentJobException(
                    "The first record should hold the names of the columns, but " + (cells.IsTooLong
                        ? $"it has {cells.LineBytes} bytes; at most {LineReader.MaxLineBytes} are read."
                        : "a quotation mark begins a field there, and none ends it before a separator or a line end."));
            }

            if (!cells.IsBlank)
            {
                return cells.Line.ToArray();
            }
        }

        return [];
    }
}
