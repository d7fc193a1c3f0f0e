using ZstdSharp;

namespace SimCse.Jobs.Sources;

/// <summary>
/// Decompresses zstd, of one frame or several, and fails when the file is cut off. Not thread-safe; owns the compressed stream.
/// </summary>
/// <param name="compressed">The bytes of the file.</param>
/// <param name="maxBytes">The most bytes that may come out.</param>
internal sealed class WholeZstdStream(Stream compressed, long maxBytes = long.MaxValue) : ForwardStream
{
    private readonly DecompressionStream _zstd = new(compressed, checkEndOfStream: true, leaveOpen: false);
    private long _bytes;

    /// <exception cref="InvalidDataException">The bytes are not zstd, or they are cut off.</exception>
    /// <exception cref="PermanentJobException">Too many bytes come out.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            var read = await _zstd.ReadAsync(buffer, cancellationToken);
            _bytes += read;
            return _bytes <= maxBytes ? read : throw WholeGzipStream.TooLarge(maxBytes);
        }
        catch (EndOfStreamException e)
        {
            throw new InvalidDataException("It ends in the middle.", e);
        }
        catch (ZstdException e)
        {
            throw new InvalidDataException(
                e.Code == ZstdSharp.Unsafe.ZSTD_ErrorCode.ZSTD_error_frameParameter_windowTooLarge
                    ? "Its window is larger than 128 MiB (made by zstd --long=28 or more); expected a smaller one."
                    : $"Behind {_bytes} bytes of text it is no zstd, or it is damaged.",
                e);
        }
    }

    public override async ValueTask DisposeAsync()
    {
        await _zstd.DisposeAsync();
        await base.DisposeAsync();
    }
}
