using System.Text.Json.Serialization;

namespace SimCse.Models.Weights;

/// <summary>
/// A checkpoint cut into several files, with an index (<c>model.safetensors.index.json</c>, <c>pytorch_model.bin.index.json</c>) that names
/// the file of each tensor. A file is opened when it is first needed. Not thread-safe.
/// </summary>
internal sealed class ShardedCheckpoint : ITensorSource
{
    private readonly string _indexPath;
    private readonly Func<string, ITensorSource> _open;
    private readonly Dictionary<string, string> _fileOfTensor;
    private readonly Dictionary<string, ITensorSource> _files = new(StringComparer.Ordinal);

    private ShardedCheckpoint(string indexPath, Dictionary<string, string> fileOfTensor, Func<string, ITensorSource> open)
    {
        _indexPath = indexPath;
        _fileOfTensor = fileOfTensor;
        _open = open;
    }

    public IEnumerable<string> Names => _fileOfTensor.Keys;

    /// <param name="indexPath">The index, in the same folder as the files.</param>
    /// <param name="open">Opens one of the files.</param>
    /// <exception cref="InvalidDataException">The index is damaged or points outside its folder.</exception>
    /// <exception cref="FileNotFoundException">One of the files is missing.</exception>
    public static ShardedCheckpoint Open(string indexPath, Func<string, ITensorSource> open)
    {
        var files = ModelJson.Read(indexPath, ModelJson.Default.ShardIndex).WeightMap
            ?? throw new InvalidDataException($"{indexPath} has no weight_map; expected the file of each tensor.");
        foreach (var file in files.Values.Distinct())
        {
            if (file != Path.GetFileName(file) || file is "" or "." or "..")
            {
                throw new InvalidDataException($"{indexPath} names the file '{file}'; expected one beside it.");
            }

            var path = Beside(indexPath, file);
            if (!File.Exists(path))
            {
                throw new FileNotFoundException(
                    $"{path} is missing; {Path.GetFileName(indexPath)} names it. The download is incomplete.", path);
            }
        }

        return new ShardedCheckpoint(indexPath, files, open);
    }

    public Tensor? TryFind(string name)
    {
        if (!_fileOfTensor.TryGetValue(name, out var file))
        {
            return null;
        }

        if (!_files.TryGetValue(file, out var source))
        {
            _files.Add(file, source = _open(Beside(_indexPath, file)));
        }

        return source.TryFind(name) ?? throw new InvalidDataException($"{_indexPath} says that {file} holds {name}; it does not.");
    }

    public void Dispose()
    {
        foreach (var file in _files.Values)
        {
            file.Dispose();
        }
    }

    private static string Beside(string indexPath, string file) => Path.Combine(Path.GetDirectoryName(indexPath)!, file);
}

/// <summary>The index of a sharded checkpoint.</summary>
internal sealed class ShardIndex
{
    [JsonPropertyName("weight_map")] public Dictionary<string, string>? WeightMap { get; set; }
}
