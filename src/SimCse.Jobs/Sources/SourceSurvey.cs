namespace SimCse.Jobs.Sources;

/// <summary>Reads a source once and finds its lines and its charset.</summary>
internal static class SourceSurvey
{
    /// <param name="source">Gives the offset of the text, and the charset of its byte-order mark.</param>
    /// <param name="text">The source's text, or a stream that passes it on.</param>
    /// <param name="table">An empty table, which receives every line.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <returns>The charset's name.</returns>
    /// <exception cref="PermanentJobException">The source holds no text, or its charset is not supported.</exception>
    public static async Task<string> ReadAsync(SourceStream source, Stream text, ShardTable table, CancellationToken cancellationToken)
    {
        var lines = new LineReader(text);
        var detector = new CharsetDetector();
        while (lines.TryRead() || await lines.ReadAsync(cancellationToken))
        {
            table.Add(source.FirstByte + lines.LineOffset, lines.LineBytes, isText: !lines.IsBlank, lines.Lines);
            if (source.Charset is null)
            {
                detector.Add(lines.Line, lines.Lines);
            }
        }

        return table.Texts > 0
            ? source.Charset ?? detector.Detect()
            : throw new PermanentJobException(table.Lines == 0
                ? "The source is empty: 0 bytes of text."
                : $"The source holds {table.Lines} blank lines and no text.") { HoldsNoText = true };
    }
}
