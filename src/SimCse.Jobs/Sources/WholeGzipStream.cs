using System.IO.Compression;
using System.Security.Cryptography;

namespace SimCse.Jobs.Sources;

/// <summary>
/// Decompresses gzip and fails when the file is cut off. <see cref="GZipStream"/> takes such a file for a shorter one, unless a switch of
/// the whole process says otherwise. So this class appends a gzip member with a secret: the secret comes out if, and only if, every member
/// before it is complete. Not thread-safe; owns the compressed stream.
/// </summary>
internal sealed class WholeGzipStream : ForwardStream
{
    private const int SecretBytes = 32;
    private const int BufferBytes = 1 << 16;

    private readonly byte[] _secret = RandomNumberGenerator.GetBytes(SecretBytes);
    private readonly byte[] _buffer = new byte[BufferBytes];
    private readonly Stream _compressed;
    private readonly long _maxBytes;
    private readonly GZipStream _gzip;
    private long _bytes;
    private int _start;
    private int _end;

    /// <param name="compressed">The bytes of the file.</param>
    /// <param name="maxBytes">The most bytes that may come out.</param>
    public WholeGzipStream(Stream compressed, long maxBytes = long.MaxValue)
    {
        _compressed = compressed;
        _maxBytes = maxBytes;
        _gzip = new GZipStream(new Chain(compressed, new MemoryStream(Compress(_secret))), CompressionMode.Decompress);
    }

    /// <exception cref="InvalidDataException">The bytes are not gzip, or they are cut off.</exception>
    /// <exception cref="PermanentJobException">Too many bytes come out.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        // The last bytes are held back: they may be the secret.
        while (_end - _start <= SecretBytes)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
            var read = await DecompressAsync(_buffer.AsMemory(_end), cancellationToken);
            if (read == 0)
            {
                return _buffer.AsSpan(0, _end).SequenceEqual(_secret)
                    ? 0
                    : throw new InvalidDataException("It ends in the middle, or is followed by something else.");
            }

            _end += read;
        }

        var count = Math.Min(buffer.Length, _end - _start - SecretBytes);
        _buffer.AsMemory(_start, count).CopyTo(buffer);
        _start += count;
        _bytes += count;
        return _bytes <= _maxBytes ? count : throw TooLarge(_maxBytes);
    }

    internal static PermanentJobException TooLarge(long maxBytes) => new(
        $"The source holds more than {maxBytes} bytes of text, which is more than a compressed source of its size may hold. " +
        "Upload it uncompressed, or set Jobs__MaxExpansion to how many times its size it may grow.");

    public override async ValueTask DisposeAsync()
    {
        await _gzip.DisposeAsync();
        await _compressed.DisposeAsync();
        await base.DisposeAsync();
    }

    /// <exception cref="InvalidDataException">With a message for the owner of the file, not for programmers.</exception>
    private async ValueTask<int> DecompressAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            return await _gzip.ReadAsync(buffer, cancellationToken);
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"It is damaged behind byte {_bytes + _end - _start} of its text.", e);
        }
    }

    private static byte[] Compress(byte[] bytes)
    {
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest))
        {
            gzip.Write(bytes);
        }

        return compressed.ToArray();
    }

    private sealed class Chain(Stream first, Stream second) : ForwardStream
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            await first.ReadAsync(buffer, cancellationToken) is var read and > 0 ? read : await second.ReadAsync(buffer, cancellationToken);
    }
}
