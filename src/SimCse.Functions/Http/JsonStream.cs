using System.Net.Mime;
using System.Text.Json;

namespace SimCse.Functions.Http;

/// <summary>
/// Writes JSON into an answer: a small one leaves whole, with its length, which spares the proxy in front the chunks; a large one is
/// sent while it is being written and never held whole.
/// </summary>
internal sealed class JsonStream : IAsyncDisposable
{
    private const int FlushBytes = 1 << 16;

    /// <summary>As for all <see cref="Replies"/>.</summary>
    private static readonly JsonWriterOptions Options = new() { Encoder = Replies.Types.Options.Encoder };

    private readonly HttpContext _context;
    private long _sent;
    private bool _isComplete;

    /// <param name="context">Nothing of its answer is written yet; the status is left as it is.</param>
    public JsonStream(HttpContext context)
    {
        _context = context;
        context.Response.ContentType = MediaTypeNames.Application.Json;
        Writer = new Utf8JsonWriter(context.Response.BodyWriter, Options);
    }

    public Utf8JsonWriter Writer { get; }

    /// <summary>Cancelled when nobody waits for the rest.</summary>
    public CancellationToken Aborted => _context.RequestAborted;

    /// <summary>To be called between the parts of what may become large.</summary>
    public ValueTask FlushIfLargeAsync() =>
        Writer.BytesPending + Writer.BytesCommitted - _sent < FlushBytes ? ValueTask.CompletedTask : new ValueTask(FlushAsync());

    /// <summary>Sends what is left.</summary>
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

    /// <summary>What an error has cut short is not sent, so that the answer can still be the error.</summary>
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
