namespace SimCse.LocalHost.Http;

/// <summary>
/// The body of a response, which ends the connection when its client does not read. The server's own limit (MinResponseDataRate) counts
/// what the buffers of the connection have taken as read, and would let a client hold a function for as many minutes as they are large.
/// </summary>
internal sealed class SlowClientStream(Stream body, TimeSpan grace, Action abort) : Stream
{
    /// <summary>The pace at which clients must read.</summary>
    public const double MinBytesPerSecond = 4096;

    /// <summary>The size of a connection's buffer. A write may have to wait until it is empty.</summary>
    public const int BufferBytes = 1 << 16;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        using var limit = Limit(Math.Max(buffer.Length, BufferBytes));
        await body.WriteAsync(buffer, cancellationToken);
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
        => WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override async Task FlushAsync(CancellationToken cancellationToken)
    {
        using var limit = Limit(BufferBytes);
        await body.FlushAsync(cancellationToken);
    }

    public override void Write(byte[] buffer, int offset, int count) => body.Write(buffer, offset, count);

    public override void Flush() => body.Flush();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    /// <summary>Runs until it is disposed of.</summary>
    private Timer Limit(int bytes)
        => new(_ => abort(), null, grace + TimeSpan.FromSeconds(bytes / MinBytesPerSecond), Timeout.InfiniteTimeSpan);
}
