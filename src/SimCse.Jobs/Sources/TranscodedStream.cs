using SimCse.Jobs.Charsets;

namespace SimCse.Jobs.Sources;

/// <summary>Reads a stream in another charset as UTF-8. Does not close it. Not thread-safe.</summary>
internal sealed class TranscodedStream(Stream stream, string charset) : ForwardStream
{
    private const int BufferBytes = 1 << 14;

    private readonly ToUtf8 _charset = ToUtf8.From(charset);
    private readonly byte[] _bytes = new byte[BufferBytes];
    private readonly byte[] _text = new byte[BufferBytes * ToUtf8.MaxGrowth];
    private int _held;
    private int _start;
    private int _end;
    private bool _atEnd;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (_start == _end && !_atEnd)
        {
            var read = await stream.ReadAsync(_bytes.AsMemory(_held), cancellationToken);
            _atEnd = read == 0;
            _held += read;
            var used = _charset.Convert(_bytes.AsSpan(0, _held), _text, _atEnd, out var written);
            _bytes.AsSpan(used, _held - used).CopyTo(_bytes);
            (_held, _start, _end) = (_held - used, 0, written);
        }

        var count = Math.Min(buffer.Length, _end - _start);
        _text.AsMemory(_start, count).CopyTo(buffer);
        _start += count;
        return count;
    }
}
