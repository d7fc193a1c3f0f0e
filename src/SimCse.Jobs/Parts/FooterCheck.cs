using System.Buffers.Binary;

namespace SimCse.Jobs.Parts;

/// <summary>
/// Walks through the footer of a Parquet file, which is a structure in Thrift's compact protocol, before Parquet.Net reads it: over a
/// number of elements that damage has made large, Parquet.Net 6.1 runs for hours behind the end of its bytes.
/// </summary>
/// <remarks>Source: https://github.com/apache/thrift/blob/0.22.0/doc/specs/thrift-compact-protocol.md</remarks>
internal ref struct FooterCheck
{
    private const int MaxDepth = 32;
    private const int TailBytes = 8;
    private const int LongSize = 15;

    private readonly ReadOnlySpan<byte> _bytes;
    private int _position;

    private FooterCheck(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    /// <summary>Reads the footer of a file and leaves the stream where it was.</summary>
    /// <exception cref="InvalidDataException">The file is no Parquet file, or its footer is damaged.</exception>
    public static async Task RunAsync(Stream stream, CancellationToken cancellationToken)
    {
        var tail = new byte[TailBytes];
        stream.Position = Math.Max(0, stream.Length - TailBytes);
        await stream.ReadExactlyAsync(tail, cancellationToken);
        var length = BinaryPrimitives.ReadInt32LittleEndian(tail);
        if (!tail.AsSpan(4).SequenceEqual("PAR1"u8) || length < 0 || length > stream.Length - TailBytes)
        {
            throw Damaged();
        }

        var footer = new byte[length];
        stream.Position = stream.Length - TailBytes - length;
        await stream.ReadExactlyAsync(footer, cancellationToken);
        stream.Position = 0;
        new FooterCheck(footer).SkipStructure(depth: 0);
    }

    private static InvalidDataException Damaged() => new("The footer is damaged.");

    private void SkipStructure(int depth)
    {
        if (depth > MaxDepth)
        {
            throw Damaged();
        }

        while (ReadByte() is not 0 and var header)
        {
            if (header >> 4 == 0)
            {
                ReadNumber(); // the field's id, where it is not next to the one before
            }

            Skip(header & 0x0F, isElement: false, depth);
        }
    }

    private void Skip(int type, bool isElement, int depth)
    {
        switch (type)
        {
            case 1 or 2: // a field of true or false is in its header
                Advance(isElement ? 1UL : 0);
                break;
            case 3:
                Advance(1);
                break;
            case 4 or 5 or 6:
                ReadNumber();
                break;
            case 7:
                Advance(sizeof(double));
                break;
            case 8:
                Advance(ReadNumber());
                break;
            case 9 or 10:
                var header = ReadByte();
                SkipMany(header >> 4 == LongSize ? ReadNumber() : (ulong)header >> 4, header & 0x0F, depth);
                break;
            case 12:
                SkipStructure(depth + 1);
                break;
            default: // Parquet's footer has no maps
                throw Damaged();
        }
    }

    private void SkipMany(ulong count, int type, int depth)
    {
        // Each element has a byte at least.
        if (count > (ulong)(_bytes.Length - _position) || depth > MaxDepth)
        {
            throw Damaged();
        }

        for (; count > 0; count--)
        {
            Skip(type, isElement: true, depth + 1);
        }
    }

    private byte ReadByte() => _position < _bytes.Length ? _bytes[_position++] : throw Damaged();

    private ulong ReadNumber()
    {
        var number = 0UL;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var next = ReadByte();
            number |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return number;
            }
        }

        throw Damaged();
    }

    private void Advance(ulong count)
    {
        if (count > (ulong)(_bytes.Length - _position))
        {
            throw Damaged();
        }

        _position += (int)count;
    }
}
