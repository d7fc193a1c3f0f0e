namespace SimCse.Tokenization.Mecab;

/// <summary>
/// <c>matrix.bin</c>: u16 left size, u16 right size, then an i16 cost for each pair, those of one right word together. Thread-safe.
/// </summary>
/// <remarks>Format: <c>mecab/src/connector.cpp</c> (taku910/mecab 61b90ba6).</remarks>
internal sealed unsafe class ConnectionMatrix : IDisposable
{
    private readonly MappedFile _file;
    private readonly short* _costs;

    public ConnectionMatrix(string path)
    {
        _file = new MappedFile(path, 6);
        var sizes = _file.Read<ushort>(0, 2);
        (LeftIds, RightIds) = (sizes[0], sizes[1]);
        var expected = 4 + (2L * LeftIds * RightIds);
        if (_file.Length != expected)
        {
            _file.Dispose();
            throw new InvalidDataException(
                $"{path} cannot be used: its header promises {LeftIds} × {RightIds} costs in {expected} bytes and it holds " +
                $"{_file.Length}.");
        }

        _costs = _file.Locate<short>(4, LeftIds * RightIds);
    }

    public int LeftIds { get; }

    public int RightIds { get; }

    /// <summary>
    /// The costs of all words before one with this left id, by their right ids. Not checked against the file's end: the dictionary's ids
    /// were when it was opened. Two bytes before the first cost are in the file too.
    /// </summary>
    public short* CostsBefore(ushort leftId) => _costs + ((nint)LeftIds * leftId);

    public void Dispose() => _file.Dispose();
}
