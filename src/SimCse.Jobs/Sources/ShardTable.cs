namespace SimCse.Jobs.Sources;

/// <summary>
/// Cuts a stream of lines into shards of limited size, and doubles the limits whenever there would be too many shards. The same lines give
/// the same table. Not thread-safe.
/// </summary>
internal sealed class ShardTable(ShardLimits limits)
{
    /// <summary>What part of a shard's limits makes it too small to end early.</summary>
    private const int Small = 4;

    private readonly List<ShardRange> _shards = [];
    private long _maxTexts = limits.Texts;
    private long _maxBytes = limits.Bytes;
    private ShardRange _open;

    public long Lines { get; private set; }

    public long Texts { get; private set; }

    /// <summary>Adds a line, or a run of blank ones.</summary>
    public void Add(long offset, long lineBytes, bool isText, int lines = 1)
    {
        var line = new ShardRange(offset, lineBytes, Lines + 1, lines, isText ? 1 : 0);
        Lines += lines;
        Texts += isText ? 1 : 0;

        // Blank lines belong to the open shard, so that a run of them does not get a part of its own.
        if (isText && _open.Texts > 0 && (_open.Texts >= _maxTexts || _open.Bytes + lineBytes > _maxBytes))
        {
            Close();
        }

        _open = _open.Lines == 0 ? line : _open.Append(line);
    }

    /// <summary>Ends the open shard here, if it is not a small one.</summary>
    public void Break()
    {
        if (_open.Texts >= _maxTexts / Small || _open.Bytes >= _maxBytes / Small)
        {
            Close();
        }
    }

    /// <summary>Counts lines that are before all shards and in none of them.</summary>
    public void Skip(int lines) => Lines += lines;

    /// <summary>The shards. Each holds at least one text, unless the source has none.</summary>
    public IReadOnlyList<ShardRange> Finish()
    {
        Close();
        return _shards;
    }

    private void Close()
    {
        if (_open.Lines == 0)
        {
            return;
        }

        _shards.Add(_open);
        _open = default;
        if (_shards.Count > limits.Shards)
        {
            MergePairs();
        }
    }

    private void MergePairs()
    {
        var pairs = (_shards.Count + 1) / 2;
        for (var i = 0; i < pairs; i++)
        {
            _shards[i] = (2 * i) + 1 < _shards.Count ? _shards[2 * i].Append(_shards[(2 * i) + 1]) : _shards[2 * i];
        }

        _shards.RemoveRange(pairs, _shards.Count - pairs);
        _maxTexts *= 2;
        _maxBytes *= 2;
    }
}
