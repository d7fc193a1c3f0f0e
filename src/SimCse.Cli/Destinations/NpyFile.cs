using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using SimCse.Cli.Output;
using SimCse.Cli.Search;
using SimCse.Jobs.Parts;

namespace SimCse.Cli.Destinations;

/// <summary>
/// Writes vectors as one array of NumPy, rows × components, float32 in C order, and beside it a line of JSON for each row. Layout:
/// https://github.com/numpy/numpy/blob/v2.0.0/numpy/lib/format.py, version 1.0.
/// </summary>
internal sealed class NpyFile : RowFile
{
    public const string Ending = ".npy", RowsEnding = ".rows.jsonl";

    /// <summary>Room for a shape of any size, and a multiple of 64, to which readers map the data.</summary>
    private const int HeaderBytes = 128;

    private const int PreambleBytes = 10;

    private readonly RowTable _table;
    private readonly string _path;
    private readonly PendingFile _array;
    private readonly JsonLinesFile _rows;
    private long _count;

    /// <param name="table">The columns of the file beside the array.</param>
    /// <param name="path">The name of the array's file, which ends in <see cref="Ending"/>.</param>
    public NpyFile(RowTable table, string path)
    {
        _table = table;
        _path = path;
        _array = new PendingFile(path);
        _array.Stream.Position = HeaderBytes;
        _rows = new JsonLinesFile(table, new PendingFile(RowsPath(path)), hasVectors: false);
    }

    public static string RowsPath(string path) => string.Concat(path.AsSpan(0, path.Length - Ending.Length), RowsEnding);

    public override async Task WriteAsync(VectorFile file, PartRows rows, CancellationToken cancellationToken)
    {
        WriteArray(rows.Encoded.Vectors);
        await _rows.WriteAsync(file, rows, cancellationToken);
        _count += rows.Count;
    }

    public override async Task CompleteAsync(CancellationToken cancellationToken)
    {
        var shape = string.Create(
            CultureInfo.InvariantCulture, $"{{'descr': '<f4', 'fortran_order': False, 'shape': ({_count}, {_table.Dimension}), }}");
        _array.Stream.Position = 0;
        _array.Stream.Write([0x93, .. "NUMPY"u8, 1, 0, HeaderBytes - PreambleBytes, 0]);
        _array.Stream.Write(Encoding.ASCII.GetBytes($"{shape.PadRight(HeaderBytes - PreambleBytes - 1)}\n"));

        // An array never stands beside the rows of another: the old one goes first, and the new one comes last.
        File.Delete(_path);
        await _rows.CompleteAsync(cancellationToken);
        await _array.CompleteAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        await _rows.DisposeAsync();
        await _array.DisposeAsync();
    }

    private void WriteArray(float[] vectors)
    {
        if (!BitConverter.IsLittleEndian)
        {
            throw new PlatformNotSupportedException("Arrays of NumPy are written on little-endian machines only.");
        }

        _array.Stream.Write(MemoryMarshal.AsBytes(vectors.AsSpan()));
    }
}
