using System.Buffers;
using System.Text;
using System.Text.Json;

namespace SimCse.Cli.Destinations;

/// <summary>Gathers JSON documents into requests that keep to a service's limits. Not thread-safe.</summary>
/// <param name="begin">What stands before the documents.</param>
/// <param name="end">What stands after them.</param>
/// <param name="maxDocuments">The most documents of a request.</param>
/// <param name="maxBytes">The most bytes of a request; a single document may have more.</param>
/// <param name="send">Sends a request.</param>
internal sealed class DocumentBatch(
    string begin, string end, int maxDocuments, int maxBytes, Func<ReadOnlyMemory<byte>, Task> send)
{
    private readonly ArrayBufferWriter<byte> _body = new();
    private readonly ArrayBufferWriter<byte> _document = new();
    private int _count;

    public async Task AddAsync(Action<Utf8JsonWriter> properties)
    {
        _document.ResetWrittenCount();
        using (var json = new Utf8JsonWriter(_document))
        {
            json.WriteStartObject();
            properties(json);
            json.WriteEndObject();
        }

        if (_count == maxDocuments || _body.WrittenCount + _document.WrittenCount + end.Length + 1 > maxBytes)
        {
            await FlushAsync();
        }

        _body.Write(Encoding.UTF8.GetBytes(_count == 0 ? begin : ","));
        _body.Write(_document.WrittenSpan);
        _count++;
    }

    /// <summary>Sends what is there.</summary>
    public async Task FlushAsync()
    {
        if (_count > 0)
        {
            _body.Write(Encoding.UTF8.GetBytes(end));
            await send(_body.WrittenMemory);
        }

        _body.ResetWrittenCount();
        _count = 0;
    }
}
