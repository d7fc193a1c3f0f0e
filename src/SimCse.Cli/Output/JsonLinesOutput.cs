using System.Text;
using System.Text.Json;
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
    private readonly IReadOnlyList<KeptColumn> _kept;

    /// <param name="file">The file to write; this object owns it.</param>
    /// <param name="includeText">Whether rows have the property <c>text</c>.</param>
    /// <param name="kept">The properties that rows have from the source; <see langword="null"/> for none.</param>
    public JsonLinesOutput(PendingFile file, bool includeText, IReadOnlyList<KeptColumn>? kept = null)
        : this(new StreamWriter(file.Stream, new UTF8Encoding(false), leaveOpen: true), includeText, kept)
    {
        _file = file;
    }

    /// <param name="writer">The destination; it is flushed at the end and stays open.</param>
    /// <param name="includeText">Whether rows have the property <c>text</c>.</param>
    /// <param name="kept">The properties that rows have from the source; <see langword="null"/> for none.</param>
    public JsonLinesOutput(TextWriter writer, bool includeText, IReadOnlyList<KeptColumn>? kept = null)
    {
        _writer = writer;
        _includeText = includeText;
        _kept = kept ?? [];
    }

    public async Task WriteAsync(PartRows rows, CancellationToken cancellationToken)
    {
        for (var i = 0; i < rows.Count; i++)
        {
            var row = i;
            await _writer.WriteLineAsync(JsonLine.Write(json => Write(json, rows, row)).AsMemory(), cancellationToken);
        }
    }

    private void Write(Utf8JsonWriter json, PartRows rows, int row)
    {
        json.WriteString("id", rows.Ids[row]);
        json.WriteNumber("line", rows.Lines[row]);
        if (rows.Chunks?[row] is { } chunk)
        {
            json.WriteNumber("chunk", chunk.Number);
            json.WriteNumber("start", chunk.Start);
            json.WriteNumber("length", chunk.Length);
        }

        if (_includeText)
        {
            json.WriteString("text", rows.Texts[row]);
        }

        json.WriteNumber("tokens", rows.Encoded.Tokens[row]);
        json.WriteBoolean("truncated", rows.Encoded.Truncated[row]);
        foreach (var (i, column) in _kept.Index())
        {
            json.WriteValue(column.Name, rows.Kept![row][i]);
        }

        json.WriteVector("embedding", rows.Encoded[row].Span);
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
