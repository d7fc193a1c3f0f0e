namespace SimCse.Jobs.Sources;

/// <summary>The one pass over a source that finds its lines and its charset.</summary>
internal static class SourceSurvey
{
    /// <summary>Adds every line to a table.</summary>
    /// <param name="source">Says where the text begins and what its mark says of the charset.</param>
    /// <param name="text">The source's text, or a stream that passes it on.</param>
    /// <param name="table">New.</param>
    /// <param name="cancellationToken">Honoured between reads.</param>
    /// <returns>The charset's name.</returns>
    /// <exception cref="PermanentJobException">There is no text in it, or its charset is none that is supported.</exception>
    public static async Task<string> ReadAsync(SourceStream source, Stream text, ShardTable table, CancellationToken cancellationToken)
    {
        var lines = new LineReader(text);
        var detector = new CharsetDetector();
        while (await lines.ReadAsync(cancellationToken))
        {
            table.Add(source.FirstByte + lines.LineOffset, lines.LineBytes, isText: !lines.IsBlank);
            if (source.Charset is null)
            {
                detector.Add(lines.Line);
            }
        }

        return table.Texts > 0
            ? source.Charset ?? detector.Detect()
            : throw new PermanentJobException(table.Lines == 0
                ? "The source is empty: 0 bytes of text."
                : $"The source holds {table.Lines} blank lines and no text.");
    }
}
