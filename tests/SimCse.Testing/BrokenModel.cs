using System.Buffers.Binary;
using System.Text.Json;
using SimCse.Inference;
using SimCse.Models;
using SimCse.Models.Untrained;

namespace SimCse.Testing;

/// <summary>The demo model with one piece whose embedding is not finite, as in a damaged or overflowing checkpoint.</summary>
public static class BrokenModel
{
    private const string Weights = "model.safetensors";
    private const string Embeddings = "embeddings.word_embeddings.weight";

    /// <summary>Makes a bundle whose vectors are invalid for texts that contain <paramref name="piece"/>, and right for others.</summary>
    /// <param name="bundleFolder">The folder of the bundle, made if it does not exist.</param>
    /// <param name="piece">A piece of the vocabulary that is a single character.</param>
    /// <param name="component">The value of every component of the piece's embedding.</param>
    public static Bundle CreateBundle(string bundleFolder, string piece, float component = float.NaN)
    {
        using var model = new TemporaryFolder();
        DemoModel.Write(model.Path);
        Spoil(Path.Combine(model.Path, Weights), Array.IndexOf(File.ReadAllLines(Path.Combine(model.Path, "vocab.txt")), piece), component);
        return ModelImporter.Import(model.Path, bundleFolder);
    }

    /// <summary>Edits a safetensors file: the length of the header, the header, and the data that it describes.</summary>
    private static void Spoil(string path, int row, float component)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(row);
        using var file = File.Open(path, FileMode.Open, FileAccess.ReadWrite);
        var length = new byte[sizeof(ulong)];
        file.ReadExactly(length);
        var header = new byte[BinaryPrimitives.ReadUInt64LittleEndian(length)];
        file.ReadExactly(header);
        using var described = JsonDocument.Parse(header);
        var tensor = described.RootElement.GetProperty(Embeddings);
        var width = tensor.GetProperty("shape")[1].GetInt32();

        var values = new byte[width * sizeof(float)];
        for (var i = 0; i < width; i++)
        {
            BinaryPrimitives.WriteSingleLittleEndian(values.AsSpan(i * sizeof(float)), component);
        }

        file.Position = length.Length + header.Length + tensor.GetProperty("data_offsets")[0].GetInt64() + ((long)row * values.Length);
        file.Write(values);
    }
}
