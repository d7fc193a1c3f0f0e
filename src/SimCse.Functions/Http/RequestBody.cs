using System.Buffers;

namespace SimCse.Functions.Http;

/// <summary>Reads the small bodies of HTTP requests completely.</summary>
internal static class RequestBody
{
    /// <summary>
    /// The most bytes of a body that are read and discarded when it is too large, so that its sender can read the answer instead of seeing
    /// a broken connection. The Functions host does not accept more bytes than this.
    /// </summary>
    private const long MaxDrainedBytes = 100L << 20;

    private const int ChunkBytes = 1 << 16;

    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <summary>Reads a body up to <paramref name="maxBytes"/>, without a UTF-8 byte order mark.</summary>
    /// <exception cref="HttpErrorException">413: the body is larger.</exception>
    public static async Task<ReadOnlyMemory<byte>> ReadAsync(HttpRequest request, int maxBytes, CancellationToken cancellationToken)
    {
        using var content = new MemoryStream(Math.Clamp((int)Math.Min(request.ContentLength ?? 0, maxBytes), 0, maxBytes));
        var chunk = ArrayPool<byte>.Shared.Rent(ChunkBytes);
        try
        {
            var total = 0L;
            for (int read; total <= MaxDrainedBytes && (read = await request.Body.ReadAsync(chunk, cancellationToken)) > 0;)
            {
                total += read;
                if (total <= maxBytes)
                {
                    content.Write(chunk, 0, read);
                }
            }

            return total <= maxBytes
                ? WithoutByteOrderMark(content.GetBuffer().AsMemory(0, (int)content.Length))
                : throw HttpErrorException.TooLarge(
                    $"The request's body has {(total > MaxDrainedBytes ? "more than " : "")}{total} bytes; at most {maxBytes} are read. " +
                    "Send fewer texts at a time, or submit a file as a job.");
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(chunk);
        }
    }

    private static ReadOnlyMemory<byte> WithoutByteOrderMark(ReadOnlyMemory<byte> body) =>
        body.Span.StartsWith(ByteOrderMark) ? body[ByteOrderMark.Length..] : body;
}
