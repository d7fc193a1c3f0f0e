using System.IO.Compression;
using System.Text;

namespace SimCse.Models.Weights.PyTorch;

/// <summary>
/// A checkpoint in PyTorch's zip format (since 1.6): <c>*/data.pkl</c> describes the tensors, and <c>*/data/N</c> hold their bytes. Not
/// thread-safe.
/// </summary>
internal sealed class PyTorchFile : ITensorSource
{
    private const string PickleName = "data.pkl";
    private const int MaxByteOrderBytes = 16;

    /// <summary>The description of a base model takes 30 KB; a hundred times that is no checkpoint.</summary>
    private const int MaxPickleBytes = 4 << 20;

    private readonly string _path;
    private readonly long _fileBytes;
    private readonly ZipArchive _archive;
    private readonly string _root;
    private readonly Dictionary<string, PickleTensor> _tensors;

    private PyTorchFile(string path, ZipArchive archive)
    {
        _path = path;
        _fileBytes = new FileInfo(path).Length;
        _archive = archive;
        var pickle = archive.Entries.FirstOrDefault(entry => entry.Name == PickleName)
            ?? throw new InvalidDataException($"{path} is a zip file without {PickleName}; expected a checkpoint written by torch.save.");
        _root = pickle.FullName[..^PickleName.Length];
        CheckByteOrder();
        _tensors = ReadTensors(pickle);
    }

    public IEnumerable<string> Names => _tensors.Keys;

    /// <exception cref="InvalidDataException">The file is not a zip file, is damaged, or holds more than tensors.</exception>
    public static PyTorchFile Open(string path)
    {
        var archive = OpenArchive(path);
        try
        {
            return new PyTorchFile(path, archive);
        }
        catch
        {
            archive.Dispose();
            throw;
        }
    }

    public Tensor? TryFind(string name) => _tensors.TryGetValue(name, out var tensor)
        ? new Tensor($"{_path}: {name}", tensor.Shape, () => ReadValues($"{_path}: {name}", tensor))
        : null;

    public void Dispose() => _archive.Dispose();

    private static ZipArchive OpenArchive(string path)
    {
        ZipArchive? archive = null;
        try
        {
            archive = ZipFile.OpenRead(path);
            _ = archive.Entries; // reads the directory, which may be damaged too
            return archive;
        }
        catch (InvalidDataException e)
        {
            archive?.Dispose();
            var why = IsBarePickle(path)
                ? "It is a bare pickle, as PyTorch wrote before 1.6: load it once in PyTorch and save it again, or use the model's " +
                    "safetensors file"
                : "It is truncated or damaged; fetch it again";
            throw new InvalidDataException(
                $"{path} is no zip file that can be read; expected a checkpoint in PyTorch's zip format. {why}.", e);
        }
    }

    /// <summary>Whether a file begins as a pickle of protocol 2 and later does.</summary>
    private static bool IsBarePickle(string path)
    {
        using var stream = File.OpenRead(path);
        return stream.ReadByte() == 0x80 && stream.ReadByte() is >= 2 and <= 5;
    }

    private Dictionary<string, PickleTensor> ReadTensors(ZipArchiveEntry entry)
    {
        if (entry.Length > MaxPickleBytes)
        {
            throw new InvalidDataException($"{_path}: {entry.FullName} has {entry.Length} bytes; expected at most {MaxPickleBytes}.");
        }

        var pickle = ReadEntry(entry, 0, (int)entry.Length);
        var content = PickleReader.Read(pickle, $"{_path}: {entry.FullName}") as PickleDictionary
            ?? throw new InvalidDataException(
                $"{_path} holds no dict of tensors; expected a state dict (`torch.save(model.state_dict(), …)`).");
        return content.Items.Where(item => item.Value is PickleTensor)
            .ToDictionary(item => item.Key, item => (PickleTensor)item.Value!, StringComparer.Ordinal);
    }

    private void CheckByteOrder()
    {
        if (_archive.GetEntry($"{_root}byteorder") is { } entry)
        {
            var order = Encoding.UTF8.GetString(ReadEntry(entry, 0, (int)Math.Min(entry.Length, MaxByteOrderBytes)));
            if (order != "little")
            {
                throw new InvalidDataException($"{_path} has byte order '{order}'; expected 'little'.");
            }
        }
    }

    private float[] ReadValues(string origin, PickleTensor tensor)
    {
        var type = TypeOf(origin, tensor.Storage);
        var count = TensorType.Elements(tensor.Shape, origin);
        if (count == 0)
        {
            return [];
        }

        // A stride of 0 repeats the same elements, so nothing else bounds the size that such a tensor claims.
        if ((long)count * type.Size > _fileBytes)
        {
            throw new InvalidDataException($"{origin} has {count} elements of {type.Size} bytes; the whole file has {_fileBytes} bytes.");
        }

        var values = new float[count];
        var elements = Reach(origin, tensor);
        var bytes = ReadStorage(origin, tensor.Storage, tensor.Offset * type.Size, checked((int)(elements * type.Size)));
        if (IsContiguous(tensor))
        {
            type.ToSingle(bytes, values, origin);
            return values;
        }

        var storage = new float[elements];
        type.ToSingle(bytes, storage, origin);
        Gather(storage, tensor, values);
        return values;
    }

    private static TensorType TypeOf(string origin, PickleStorage storage) => storage.Type switch
    {
        "FloatStorage" => TensorType.F32,
        "HalfStorage" => TensorType.F16,
        "BFloat16Storage" => TensorType.BF16,
        _ => throw new InvalidDataException($"{origin} is a {storage.Type}; expected FloatStorage, HalfStorage or BFloat16Storage."),
    };

    /// <summary>How many elements of the storage lie between the view's first and its last, both included.</summary>
    private static long Reach(string origin, PickleTensor tensor)
    {
        var (offset, shape, strides) = (tensor.Offset, tensor.Shape, tensor.Strides);
        var reach = 1L;
        for (var axis = 0; axis < shape.Length && strides.Length == shape.Length; axis++)
        {
            // Both factors are below 2^31 where the sum can be right at all, so that the product cannot wrap round.
            reach += (shape[axis] - 1L) * Math.Min(strides[axis], int.MaxValue);
        }

        return strides.Length == shape.Length && reach <= Array.MaxLength / 4 && offset <= tensor.Storage.Elements - reach
            ? reach
            : throw new InvalidDataException(
                $"{origin} has shape [{string.Join(", ", shape)}], strides [{string.Join(", ", strides)}] and offset {offset} in a " +
                $"storage of {tensor.Storage.Elements} elements, which it does not fit. The file is damaged.");
    }

    private byte[] ReadStorage(string origin, PickleStorage storage, long offset, int count)
    {
        var entry = _archive.GetEntry($"{_root}data/{storage.Key}")
            ?? throw new InvalidDataException($"{origin} lies in data/{storage.Key}, which the file lacks.");
        return entry.Length >= offset + count
            ? ReadEntry(entry, offset, count)
            : throw new InvalidDataException($"{origin} needs {offset + count} bytes of {entry.FullName}, which has {entry.Length}.");
    }

    private byte[] ReadEntry(ZipArchiveEntry entry, long offset, int count)
    {
        try
        {
            using var stream = entry.Open();
            Skip(stream, offset);
            var bytes = new byte[count];
            stream.ReadExactly(bytes);
            return bytes;
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException)
        {
            throw new InvalidDataException(
                $"{_path}: {entry.FullName} cannot be read: {e.Message} The file is damaged; fetch it again.", e);
        }
    }

    private static void Skip(Stream stream, long count)
    {
        var scratch = new byte[(int)Math.Min(count, 1 << 16)];
        for (; count > 0; count -= Math.Min(count, scratch.Length))
        {
            stream.ReadExactly(scratch, 0, (int)Math.Min(count, scratch.Length));
        }
    }

    private static bool IsContiguous(PickleTensor tensor)
    {
        var expected = 1L;
        for (var axis = tensor.Shape.Length - 1; axis >= 0; axis--)
        {
            if (tensor.Shape[axis] != 1 && tensor.Strides[axis] != expected)
            {
                return false;
            }

            expected *= tensor.Shape[axis];
        }

        return true;
    }

    /// <summary>Copies a view with any strides (a transposed matrix, say) in row-major order.</summary>
    private static void Gather(float[] storage, PickleTensor tensor, float[] values)
    {
        var index = new int[tensor.Shape.Length];
        var position = 0L;
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = storage[position];
            for (var axis = index.Length - 1; axis >= 0; axis--)
            {
                position += tensor.Strides[axis];
                if (++index[axis] < tensor.Shape[axis])
                {
                    break;
                }

                position -= tensor.Strides[axis] * tensor.Shape[axis];
                index[axis] = 0;
            }
        }
    }
}
