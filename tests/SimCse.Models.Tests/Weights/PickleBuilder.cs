using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace SimCse.Models.Tests.Weights;

/// <summary>Writes pickles by opcode, as torch.save does and as it would never do.</summary>
internal sealed class PickleBuilder
{
    private readonly List<byte> _bytes = [0x80, 2];

    public PickleBuilder Raw(params byte[] bytes)
    {
        _bytes.AddRange(bytes);
        return this;
    }

    public PickleBuilder Raw(string opcodes) => Raw(Encoding.Latin1.GetBytes(opcodes));

    public PickleBuilder Global(string module, string name) => Raw($"c{module}\n{name}\n");

    public PickleBuilder Text(string text)
    {
        var utf8 = Encoding.UTF8.GetBytes(text);
        return Raw("X").Number32(utf8.Length).Raw(utf8);
    }

    public PickleBuilder Int(int value) => Raw("J").Number32(value);

    public PickleBuilder Tuple(params int[] values)
    {
        Raw("(");
        foreach (var value in values)
        {
            Int(value);
        }

        return Raw("t");
    }

    /// <summary><c>torch._utils._rebuild_tensor_v2(storage, offset, shape, strides, False, OrderedDict())</c>.</summary>
    public PickleBuilder Tensor(string storage, string key, int elements, int offset, int[] shape, int[] strides)
    {
        Global("torch._utils", "_rebuild_tensor_v2").Raw("((").Text("storage").Global("torch", storage).Text(key).Text("cpu").Int(elements);
        return Raw("tQ").Int(offset).Tuple(shape).Tuple(strides).Raw(0x89).Global("collections", "OrderedDict").Raw(")RtR");
    }

    public byte[] Stop() => [.. _bytes, (byte)'.'];

    public byte[] Unfinished() => [.. _bytes];

    /// <summary>A zip file as torch.save lays it out: nothing compressed.</summary>
    public static void Save(string path, byte[] pickle, params (string Name, byte[] Bytes)[] entries)
    {
        using var archive = ZipFile.Open(path, ZipArchiveMode.Create);
        foreach (var (name, bytes) in entries.Prepend(("data.pkl", pickle)))
        {
            using var stream = archive.CreateEntry($"archive/{name}", CompressionLevel.NoCompression).Open();
            stream.Write(bytes);
        }
    }

    private PickleBuilder Number32(int value)
    {
        var bytes = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        return Raw(bytes);
    }
}
