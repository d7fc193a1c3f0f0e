using System.Buffers.Binary;
using System.IO.MemoryMappedFiles;
using System.Text.Json;

namespace SimCse.Models.Weights;

/// <summary>
/// A safetensors file: u64 length of a JSON header, the header, then the tensors' bytes (little-endian, row-major). Memory-mapped;
/// thread-safe.
/// </summary>
/// <remarks>Format: https://github.com/huggingface/safetensors/blob/v0.5.3/README.md.</remarks>
internal sealed class SafetensorsFile : ITensorSource
{
    private const int MaxHeaderBytes = 100_000_000; // the limit of the format's own reader

    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly Dictionary<string, Entry> _entries;
    private readonly string _path;

    private SafetensorsFile(string path, MemoryMappedFile file, Dictionary<string, Entry> entries)
    {
        _path = path;
        _file = file;
        _view = file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        _entries = entries;
    }

    public IEnumerable<string> Names => _entries.Keys;

    /// <exception cref="InvalidDataException">The file is truncated, or its header names data that is not there.</exception>
    public static SafetensorsFile Open(string path)
    {
        var entries = ReadHeader(path);
        var file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
        return new SafetensorsFile(path, file, entries);
    }

    public Tensor? TryFind(string name) => _entries.TryGetValue(name, out var entry)
        ? new Tensor($"{_path}: {name}", entry.Shape, () => Read(entry, $"{_path}: {name}"))
        : null;

    public void Dispose()
    {
        _view.Dispose();
        _file.Dispose();
    }

    private float[] Read(Entry entry, string origin)
    {
        var values = new float[TensorType.Elements(entry.Shape, origin)];
        var bytes = new byte[entry.End - entry.Begin];
        _view.SafeMemoryMappedViewHandle.ReadSpan((ulong)entry.Begin, bytes.AsSpan());
        entry.Type.ToSingle(bytes, values, origin);
        return values;
    }

    private static Dictionary<string, Entry> ReadHeader(string path)
    {
        using var stream = File.OpenRead(path);
        Span<byte> prefix = stackalloc byte[sizeof(ulong)];
        if (stream.ReadAtLeast(prefix, prefix.Length, throwOnEndOfStream: false) < prefix.Length)
        {
            throw Bad(path, $"has {stream.Length} bytes; expected a header of at least {prefix.Length}");
        }

        var headerBytes = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        var dataBytes = stream.Length - prefix.Length - (long)Math.Min(headerBytes, long.MaxValue / 2);
        if (headerBytes > MaxHeaderBytes || dataBytes < 0)
        {
            throw Bad(
                path,
                $"says that its header has {headerBytes} bytes; the file has {stream.Length}. It is truncated or no safetensors file");
        }

        var header = new byte[headerBytes];
        stream.ReadExactly(header);
        try
        {
            using var json = JsonDocument.Parse(header);
            var entries = json.RootElement.EnumerateObject().Where(tensor => tensor.Name != "__metadata__").ToDictionary(
                tensor => tensor.Name, tensor => ReadEntry(path, tensor, dataBytes, stream.Position), StringComparer.Ordinal);
            CheckLayout(path, entries, stream.Position, stream.Length);
            return entries;
        }
        catch (Exception e) when (
            e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or ArgumentException)
        {
            throw Bad(path, $"has a header that cannot be read: {e.Message}", e);
        }
    }

    private static Entry ReadEntry(string path, JsonProperty tensor, long dataBytes, long dataStart)
    {
        var type = TensorType.Parse(tensor.Value.GetProperty("dtype").GetString()!, $"{path}: {tensor.Name}");
        var shape = tensor.Value.GetProperty("shape").EnumerateArray().Select(extent => extent.GetInt32()).ToArray();
        var offsets = tensor.Value.GetProperty("data_offsets").EnumerateArray().Select(offset => offset.GetInt64()).ToArray();
        if (offsets is not [>= 0, _] || offsets[1] < offsets[0] || offsets[1] > dataBytes)
        {
            throw Bad(
                path,
                $"places {tensor.Name} at [{string.Join(", ", offsets)}]; the file holds {dataBytes} bytes of data. It is truncated or " +
                "damaged");
        }

        var expected = (long)TensorType.Elements(shape, $"{path}: {tensor.Name}") * type.Size;
        if (offsets[1] - offsets[0] != expected)
        {
            throw Bad(
                path, $"gives {tensor.Name} {offsets[1] - offsets[0]} bytes; its shape [{string.Join(", ", shape)}] needs {expected}");
        }

        return new Entry(type, shape, dataStart + offsets[0], dataStart + offsets[1]);
    }

    /// <summary>The format allows neither gaps nor overlaps: a file can hide nothing, and no two tensors share bytes.</summary>
    private static void CheckLayout(string path, Dictionary<string, Entry> entries, long dataStart, long dataEnd)
    {
        var position = dataStart;
        foreach (var (name, entry) in entries.OrderBy(entry => entry.Value.Begin).ThenBy(entry => entry.Value.End))
        {
            if (entry.Begin != position)
            {
                var fault = entry.Begin < position ? "overlaps the tensor before it" : "leaves a gap after the tensor before it";
                throw Bad(
                    path,
                    $"places {name} at byte {entry.Begin - dataStart} of its data, which {fault}; expected byte {position - dataStart}");
            }

            position = entry.End;
        }

        if (position != dataEnd)
        {
            throw Bad(path, $"has {dataEnd - dataStart} bytes of data; its tensors end at {position - dataStart}");
        }
    }

    private static InvalidDataException Bad(string path, string what, Exception? inner = null) => new($"{path} {what}.", inner);

    private readonly record struct Entry(TensorType Type, int[] Shape, long Begin, long End);
}
