using System.Buffers.Binary;
using System.Globalization;

namespace SimCse.Benchmarks.Gpu;

/// <summary>
/// Empties a library's CUDA kernels for other GPUs than one, so that it compresses to a quarter: it has to travel. The kernels for that GPU
/// stay where they are, to the byte.
/// </summary>
internal static class FatBinaries
{
    private const uint Magic = 0xBA55_ED50;
    private const int HeaderBytes = 16;

    /// <summary>
    /// A container has a header (magic, version, header's size, size of what follows), then entries. An entry has a header (kind at 0, its
    /// size at 4, the size of the code at 8, the architecture at 28, such as 90), then the code.
    /// </summary>
    public static int Prune(string library, string architecture, string output)
    {
        var kept = uint.Parse(architecture, CultureInfo.InvariantCulture);
        var bytes = File.ReadAllBytes(library);
        var (emptied, left) = (0L, 0L);
        for (var at = 0; at <= bytes.Length - HeaderBytes; at += 8) // containers are aligned
        {
            if (UInt32(at) != Magic || UInt16(at + 4) != 1 || UInt16(at + 6) != HeaderBytes)
            {
                continue;
            }

            var end = at + HeaderBytes + (long)UInt64(at + 8);
            for (long entry = at + HeaderBytes; entry < end;)
            {
                var (header, size) = (UInt32(entry + 4), (long)UInt64(entry + 8));
                if (UInt32(entry + 28) == kept)
                {
                    left += size;
                }
                else
                {
                    bytes.AsSpan((int)(entry + header), (int)size).Clear();
                    emptied += size;
                }

                entry += header + size;
            }
        }

        if (left == 0)
        {
            Console.Error.WriteLine($"{library} has no kernels for sm_{architecture}.");
            return 1;
        }

        File.WriteAllBytes(output, bytes);
        Console.WriteLine($"{library}: {left >> 20} MiB of kernels for sm_{architecture} kept, {emptied >> 20} MiB of others emptied");
        return 0;

        ushort UInt16(long offset) => BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan((int)offset));
        uint UInt32(long offset) => BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan((int)offset));
        ulong UInt64(long offset) => BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan((int)offset));
    }
}
