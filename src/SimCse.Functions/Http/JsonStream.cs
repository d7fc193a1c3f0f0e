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

    /// <summary>
    /// The pace at which a client must read, or the function would be held as long as the client likes. The server's own limit
    /// (MinResponseDataRate) is no use: it counts what the buffers of the connection have taken as read.
    /// </summary>
    private const double MinBytesPerSecond = 4096;

    /// <summary>The time without reading that counts as a pause. It is long, since the buffers of hosts pass it on in leaps.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(30);

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
    /// <exception cref="SlowClientException">The client does not read.</exception>
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
        var limit = Grace + TimeSpan.FromSeconds((Writer.BytesCommitted - _sent) / MinBytesPerSecond);
        _sent = Writer.BytesCommitted;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Aborted);
        patience.CancelAfter(limit);
        try
        {
            await _context.Response.BodyWriter.FlushAsync(patience.Token);
        }
        catch (OperationCanceledException) when (!Aborted.IsCancellationRequested)
        {
            throw new SlowClientException();
        }

        // The server ends the connection of a flush that is cancelled, and may say nothing.
        if (patience.IsCancellationRequested)
        {
            Aborted.ThrowIfCancellationRequested();
            throw new SlowClientException();
        }
    }
}

/// <summary>A client does not read its answer, or too slowly.</summary>
internal sealed class SlowClientException() : Exception("The client reads too slowly.");
