using System.Text;
using SimCse.Jobs.Parts;

namespace SimCse.Cli.Output;

/// <summary>
/// Writes rows as JSON lines with the names of a part's columns. Numbers have the shortest form that reads back as the same float.
/// </summary>
internal sealed class JsonLinesOutput : IRowOutput
{
    private readonly PendingFile? _file;
    private readonly TextWriter _writer;
    private readonly bool _includeText;

    /// <param name="file">The file to write; this object owns it.</param>
    /// <param name="includeText">Whether rows have the property <c>text</c>.</param>
    public JsonLinesOutput(PendingFile file, bool includeText)
        : this(new StreamWriter(file.Stream, new UTF8Encoding(false), leaveOpen: true), includeText)
    {
        _file = file;
    }

    /// <param name="writer">The destination; it is flushed at the end and stays open.</param>
    /// <param name="includeText">Whether rows have the property <c>text</c>.</param>
    public JsonLinesOutput(TextWriter writer, bool includeText)
    {
        _writer = writer;
        _includeText = includeText;
    }

    public async Task WriteAsync(PartRows rows, CancellationToken cancellationToken)
    {
        for (var i = 0; i < rows.Count; i++)
        {
            var row = i;
            await _writer.WriteLineAsync(JsonLine.Write(json =>
            {
                json.WriteString("id", rows.Ids[row]);
                json.WriteNumber("line", rows.Lines[row]);
                if (_includeText)
                {
                    json.WriteString("text", rows.Texts[row]);
                }

                json.WriteNumber("tokens", rows.Encoded.Tokens[row]);
                json.WriteBoolean("truncated", rows.Encoded.Truncated[row]);
                json.WriteStartArray("embedding");
                foreach (var component in rows.Encoded[row].Span)
                {
                    json.WriteNumberValue(component);
                }

                json.WriteEndArray();
            }).AsMemory(), cancellationToken);
        }
    }

    public async Task CompleteAsync(CancellationToken cancellationToken)
    {
        await _writer.FlushAsync(cancellationToken);
        if (_file is not null)
        {
            await _file.CompleteAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_file is not null)
        {
            await _file.DisposeAsync();
        }
    }
}
