using System.Text;
using SimCse.Cli.Output;
using SimCse.Cli.Search;
using SimCse.Jobs.Parts;

namespace SimCse.Cli.Destinations;

/// <summary>Writes rows as JSON lines, with their vectors or without.</summary>
internal sealed class JsonLinesFile : RowFile
{
    private readonly RowTable _table;
    private readonly bool _hasVectors;
    private readonly PendingFile? _file;
    private readonly TextWriter _writer;

    /// <param name="table">The columns.</param>
    /// <param name="file">The file to write; this object owns it.</param>
    /// <param name="hasVectors">Whether rows have their vectors.</param>
    public JsonLinesFile(RowTable table, PendingFile file, bool hasVectors)
        : this(table, new StreamWriter(file.Stream, new UTF8Encoding(false), leaveOpen: true), hasVectors)
    {
        _file = file;
    }

    /// <param name="table">The columns.</param>
    /// <param name="writer">The destination; it is flushed at the end and stays open.</param>
    /// <param name="hasVectors">Whether rows have their vectors.</param>
    public JsonLinesFile(RowTable table, TextWriter writer, bool hasVectors)
    {
        _table = table;
        _hasVectors = hasVectors;
        _writer = writer;
    }

    public override async Task WriteAsync(VectorFile file, PartRows rows, CancellationToken cancellationToken)
    {
        for (var i = 0; i < rows.Count; i++)
        {
            var row = i;
            await _writer.WriteLineAsync(JsonLine.Write(json =>
            {
                json.WriteColumns(_table.Columns, file, rows, row);
                if (_hasVectors)
                {
                    json.WriteVector(RowTable.Embedding, rows.Encoded[row].Span);
                }
            }).AsMemory(), cancellationToken);
        }
    }

    public override async Task CompleteAsync(CancellationToken cancellationToken)
    {
        await _writer.FlushAsync(cancellationToken);
        if (_file is not null)
        {
            await _file.CompleteAsync();
        }
    }

    public override async ValueTask DisposeAsync()
    {
        if (_file is not null)
        {
            await _file.DisposeAsync();
        }
    }
}
