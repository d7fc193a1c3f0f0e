using System.IO.MemoryMappedFiles;

namespace SimCse.Tokenization.Mecab;

/// <summary>
/// A file mapped for reading, so that processes share its pages. Thread-safe. Whoever holds a span of it keeps the object alive
/// (<see cref="GC.KeepAlive"/>) until the last read.
/// </summary>
internal sealed unsafe class MappedFile : IDisposable
{
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private byte* _start;

    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is shorter than <paramref name="minBytes"/>, or of 2 GiB and more.</exception>
    public MappedFile(string path, int minBytes)
    {
        Path = path;
        if (!File.Exists(path))
        {
            throw new FileNotFoundException(
                $"{path} is missing; expected a compiled MeCab dictionary (sys.dic, unk.dic, matrix.bin, char.bin) in its folder.", path);
        }

        using var handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
        var length = RandomAccess.GetLength(handle);
        if (length < minBytes || length > int.MaxValue)
        {
            throw new InvalidDataException($"{path} holds {length} bytes; expected at least {minBytes} and less than 2 GiB.");
        }

        Length = (int)length;
        _file = MemoryMappedFile.CreateFromFile(handle, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
        _view = _file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _start);
        _start += _view.PointerOffset;
    }

    ~MappedFile() => Release();

    public string Path { get; }

    public int Length { get; }

    public bool IsDisposed => _start is null;

    /// <summary>A part of the file as little-endian values.</summary>
    public ReadOnlySpan<T> Read<T>(int offset, int count)
        where T : unmanaged => new(Locate<T>(offset, count), count);

    /// <summary>The address of <paramref name="count"/> values that are all in the file; valid until the file is disposed of.</summary>
    public T* Locate<T>(int offset, int count)
        where T : unmanaged
    {
        ObjectDisposedException.ThrowIf(_start is null, this);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset + ((long)count * sizeof(T)), Length, nameof(count));
        return (T*)(_start + offset);
    }

    public void Dispose()
    {
        Release();
        _view?.Dispose();
        _file?.Dispose();
        GC.SuppressFinalize(this);
    }

    private void Release()
    {
        if (_start is not null)
        {
            _start = null;
            _view.SafeMemoryMappedViewHandle.ReleasePointer();
        }
    }
}
