using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json.Nodes;

namespace SimCse.Models.Weights;

/// <summary>Writes float32 tensors as one safetensors file; the same tensors give the same bytes.</summary>
internal static class SafetensorsWriter
{
    private const int HeaderAlignment = 8;

    /// <param name="path">The file, which is overwritten.</param>
    /// <param name="tensors">The tensors, in the order of their data in the file.</param>
    public static void Write(string path, IReadOnlyList<(string Name, int[] Shape, float[] Values)> tensors)
    {
        var header = new JsonObject { ["__metadata__"] = new JsonObject { ["format"] = "pt" } };
        var offset = 0L;
        foreach (var (name, shape, values) in tensors)
        {
            var end = offset + ((long)values.Length * sizeof(float));
            header[name] = new JsonObject
            {
                ["dtype"] = "F32",
                ["shape"] = new JsonArray([.. shape.Select(extent => JsonValue.Create(extent))]),
                ["data_offsets"] = new JsonArray(offset, end),
            };
            offset = end;
        }

        var json = header.ToJsonString();
        json = json.PadRight((json.Length + HeaderAlignment - 1) / HeaderAlignment * HeaderAlignment);
        using var stream = File.Create(path);
        Span<byte> length = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)json.Length);
        stream.Write(length);
        stream.Write(Encoding.ASCII.GetBytes(json));
        foreach (var (_, _, values) in tensors)
        {
            stream.Write(MemoryMarshal.AsBytes(values.AsSpan()));
        }
    }
}
