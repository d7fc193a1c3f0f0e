using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using SimCse.Cli.Search;
using SimCse.Jobs.Parts;

namespace SimCse.Cli.Destinations;

/// <summary>
/// Writes rows in the binary format of PostgreSQL's COPY (https://www.postgresql.org/docs/17/sql-copy.html), with vectors as pgvector
/// receives them (vector_recv in https://github.com/pgvector/pgvector/blob/v0.8.0/src/vector.c): int16 dimension, int16 0, float4 each.
/// </summary>
/// <param name="table">The columns.</param>
/// <param name="stream">The destination, which stays open.</param>
internal sealed class PgCopyWriter(RowTable table, Stream stream)
{
    private const int Null = -1;
    private const short End = -1;
    private const int MaxBuffered = 1 << 18;

    private static readonly DateTime Epoch = new(2000, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    private readonly ArrayBufferWriter<byte> _buffer = new();

    public async Task BeginAsync(CancellationToken cancellationToken)
    {
        _buffer.Write((ReadOnlySpan<byte>)[.. "PGCOPY\n"u8, 0xFF, .. "\r\n\0"u8]);
        Write(0); // no flags
        Write(0); // no extension of the header
        await FlushAsync(cancellationToken);
    }

    public async Task WriteAsync(VectorFile file, PartRows rows, CancellationToken cancellationToken)
    {
        for (var i = 0; i < rows.Count; i++)
        {
            Write((short)(table.Columns.Count + 1));
            foreach (var column in table.Columns)
            {
                Write(column.Value(file, rows, i));
            }

            Write(rows.Encoded[i].Span);
            if (_buffer.WrittenCount >= MaxBuffered || i == rows.Count - 1)
            {
                await FlushAsync(cancellationToken);
            }
        }
    }

    public async Task EndAsync(CancellationToken cancellationToken)
    {
        Write(End);
        await FlushAsync(cancellationToken);
        await stream.FlushAsync(cancellationToken);
    }

    private async Task FlushAsync(CancellationToken cancellationToken)
    {
        await stream.WriteAsync(_buffer.WrittenMemory, cancellationToken);
        _buffer.ResetWrittenCount();
    }

    private void Write(object? value)
    {
        switch (value)
        {
            case null:
                Write(Null);
                break;
            case string text:
                // PostgreSQL refuses U+0000 in any text.
                var bytes = Encoding.UTF8.GetBytes(text.Replace('\0', '\uFFFD'));
                Write(bytes.Length);
                _buffer.Write(bytes);
                break;
            case bool flag:
                Write(sizeof(bool));
                _buffer.Write((ReadOnlySpan<byte>)[flag ? (byte)1 : (byte)0]);
                break;
            case long number:
                Write(sizeof(long));
                Write(number);
                break;
            case double number:
                Write(sizeof(double));
                Write(BitConverter.DoubleToInt64Bits(number));
                break;
            case DateTime time:
                Write(sizeof(long));
                Write((time - Epoch).Ticks / TimeSpan.TicksPerMicrosecond);
                break;
            default:
                throw new InvalidOperationException($"A column holds a {value.GetType().Name}.");
        }
    }

    private void Write(ReadOnlySpan<float> vector)
    {
        Write((2 * sizeof(short)) + (vector.Length * sizeof(float)));
        Write((short)vector.Length);
        Write((short)0);
        var bytes = _buffer.GetSpan(vector.Length * sizeof(float));
        for (var i = 0; i < vector.Length; i++)
        {
            BinaryPrimitives.WriteSingleBigEndian(bytes[(i * sizeof(float))..], vector[i]);
        }

        _buffer.Advance(vector.Length * sizeof(float));
    }

    private void Write(short number)
    {
        BinaryPrimitives.WriteInt16BigEndian(_buffer.GetSpan(sizeof(short)), number);
        _buffer.Advance(sizeof(short));
    }

    private void Write(int number)
    {
        BinaryPrimitives.WriteInt32BigEndian(_buffer.GetSpan(sizeof(int)), number);
        _buffer.Advance(sizeof(int));
    }

    private void Write(long number)
    {
        BinaryPrimitives.WriteInt64BigEndian(_buffer.GetSpan(sizeof(long)), number);
        _buffer.Advance(sizeof(long));
    }
}
