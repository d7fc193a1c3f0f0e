using System.Net.Mime;
using System.Text.Json;

namespace SimCse.Functions.Http;

/// <summary>
/// Writes a JSON answer. A small answer is sent in one go with its length, so that the proxy in front need not handle chunks. A large one
/// is sent while it is written and is never completely in memory.
/// </summary>
internal sealed class JsonStream : IAsyncDisposable
{
    private const int FlushBytes = 1 << 16;

    /// <summary>The same options as for all <see cref="Replies"/>.</summary>
    private static readonly JsonWriterOptions Options = new() { Encoder = Replies.Types.Options.Encoder };

    private readonly HttpContext _context;
    private long _sent;
    private bool _isComplete;

    /// <param name="context">The context of a request whose answer has not begun; its status is not changed.</param>
    public JsonStream(HttpContext context)
    {
        _context = context;
        context.Response.ContentType = MediaTypeNames.Application.Json;
        Writer = new Utf8JsonWriter(context.Response.BodyWriter, Options);
    }

    public Utf8JsonWriter Writer { get; }

    /// <summary>Cancelled when nobody waits for the rest of the answer.</summary>
    public CancellationToken Aborted => _context.RequestAborted;

    /// <summary>Must be called between the parts of an answer that may become large.</summary>
    public ValueTask FlushIfLargeAsync() =>
        Writer.BytesPending + Writer.BytesCommitted - _sent < FlushBytes ? ValueTask.CompletedTask : new ValueTask(FlushAsync());

    /// <summary>Sends the rest of the answer.</summary>
    public Task CompleteAsync()
    {
        _isComplete = true;
        Writer.Flush();
        if (!_context.Response.HasStarted)
        {
            _context.Response.ContentLength = Writer.BytesCommitted;
        }

        return FlushAsync();
    }

    /// <summary>Discards an answer that an error has cut short, so that the error can still be sent instead.</summary>
    public ValueTask DisposeAsync()
    {
        if (!_isComplete)
        {
            Writer.Reset();
        }

        return Writer.DisposeAsync();
    }

    private async Task FlushAsync()
    {
        Writer.Flush();
        _sent = Writer.BytesCommitted;
        await _context.Response.BodyWriter.FlushAsync(_context.RequestAborted);
    }
}
