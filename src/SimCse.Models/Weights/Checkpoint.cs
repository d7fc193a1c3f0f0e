using SimCse.Models.Weights.PyTorch;

namespace SimCse.Models.Weights;

/// <summary>
/// The weights of one module under the names that BERT's code gives them, whatever the checkpoint calls them: with the prefix <c>bert.</c>
/// or none, LayerNorm's <c>gamma</c> and <c>beta</c> for <c>weight</c> and <c>bias</c>.
/// </summary>
internal sealed class Checkpoint(string origin, ITensorSource source) : IDisposable
{
    private const string Prefix = "bert.";

    private static ReadOnlySpan<byte> LfsPointer => "version https://git-lfs"u8;

    /// <summary>The forms in order of preference: safetensors comes first because it holds nothing but tensors.</summary>
    private static readonly (string File, Func<string, ITensorSource> Open)[] Forms =
    [
        ("model.safetensors", SafetensorsFile.Open),
        ("model.safetensors.index.json", path => ShardedCheckpoint.Open(path, SafetensorsFile.Open)),
        ("pytorch_model.bin", PyTorchFile.Open),
        ("pytorch_model.bin.index.json", path => ShardedCheckpoint.Open(path, PyTorchFile.Open)),
    ];

    /// <summary>Opens the weights in <paramref name="folder"/>, in any of these forms.</summary>
    /// <exception cref="FileNotFoundException">The folder holds no weights in a form that can be read.</exception>
    /// <exception cref="InvalidDataException">The file is damaged, or holds more than tensors.</exception>
    public static Checkpoint Open(string folder)
    {
        foreach (var (file, open) in Forms)
        {
            var path = Path.Combine(folder, file);
            if (File.Exists(path))
            {
                RefusePointer(path);
                return new Checkpoint(path, open(path));
            }
        }

        throw new FileNotFoundException(
            $"{folder} holds no weights; expected one of {string.Join(", ", Forms.Select(form => form.File))}.");
    }

    /// <summary>Reads a tensor, which must have the given shape.</summary>
    /// <exception cref="InvalidDataException">The tensor is missing or has another shape.</exception>
    public float[] Read(string name, params int[] shape)
    {
        var tensor = Candidates(name).Select(source.TryFind).FirstOrDefault(found => found is not null)
            ?? throw new InvalidDataException(
                $"{origin} lacks the tensor {name} of shape {Text(shape)}; it holds {source.Names.Count()} tensors: " +
                $"{string.Join(", ", source.Names.Order(StringComparer.Ordinal).Take(3))} …");
        return tensor.Shape.AsSpan().SequenceEqual(shape)
            ? tensor.Read()
            : throw new InvalidDataException($"{tensor.Origin} has shape {Text(tensor.Shape)}; expected {Text(shape)}.");
    }

    /// <summary>Reads a PyTorch linear layer's weight, [out, in], as a matrix product wants it: [in, out].</summary>
    public float[] ReadTransposed(string name, int rows, int columns)
    {
        var values = Read(name, columns, rows);
        var transposed = new float[values.Length];
        for (var column = 0; column < columns; column++)
        {
            for (var row = 0; row < rows; row++)
            {
                transposed[(row * columns) + column] = values[(column * rows) + row];
            }
        }

        return transposed;
    }

    public void Dispose() => source.Dispose();

    /// <summary>Refuses the pointer that a clone without Git LFS holds in the place of weights.</summary>
    private static void RefusePointer(string path)
    {
        using var stream = File.OpenRead(path);
        Span<byte> start = stackalloc byte[LfsPointer.Length];
        if (stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) == start.Length && start.SequenceEqual(LfsPointer))
        {
            throw new InvalidDataException(
                $"{path} is a pointer of Git LFS, not the weights; fetch them with 'git lfs pull' in the model's folder.");
        }
    }

    private static IEnumerable<string> Candidates(string name)
    {
        var old = name.Replace("LayerNorm.weight", "LayerNorm.gamma", StringComparison.Ordinal)
            .Replace("LayerNorm.bias", "LayerNorm.beta", StringComparison.Ordinal);
        return [name, Prefix + name, old, Prefix + old];
    }

    private static string Text(int[] shape) => $"[{string.Join(", ", shape)}]";
}
