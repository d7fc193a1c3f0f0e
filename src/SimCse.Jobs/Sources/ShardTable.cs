using SimCse.Jobs.Charsets;

namespace SimCse.Jobs.Sources;

/// <summary>
/// Cuts a stream of lines into shards of limited size, and doubles the limits whenever there would be too many shards. The same lines give
/// the same table. Not thread-safe.
/// </summary>
internal sealed class ShardTable(ShardLimits limits)
{
    /// <summary>What part of a shard's limits makes it too small to end early.</summary>
    private const int Small = 4;

    private readonly List<Shard> _shards = [];
    private long _maxTexts = limits.Texts;
    private long _maxBytes = limits.Bytes;
    private Shard _open;

    public long Lines { get; private set; }

    /// <summary>The number of texts; lines that are blank in some charsets are texts until the charset is known.</summary>
    public long Texts { get; private set; }

    /// <summary>Adds a line, or a run of blank ones.</summary>
    /// <param name="offset">The offset of its first byte.</param>
    /// <param name="lineBytes">The number of its bytes.</param>
    /// <param name="blank">The charsets in which it is blank.</param>
    /// <param name="lines">The number of lines.</param>
    public void Add(long offset, long lineBytes, BlankIn blank, int lines = 1)
    {
        var isText = blank != BlankIn.All;
        var line = new Shard(
            new ShardRange(offset, lineBytes, Lines + 1, lines, isText ? 1 : 0),
            isText && blank == BlankIn.Utf8 ? 1 : 0, isText && blank == BlankIn.ShiftJis ? 1 : 0, isText && blank == BlankIn.EucJp ? 1 : 0);
        Lines += lines;
        Texts += isText ? 1 : 0;

        // Blank lines belong to the open shard, so that a run of them does not get a part of its own.
        var open = _open.Range;
        if (isText && open.Texts > 0 && (open.Texts >= _maxTexts || open.Bytes + lineBytes > _maxBytes))
        {
            Close();
        }

        _open = _open.Range.Lines == 0 ? line : _open.Append(line);
    }

    /// <summary>Ends the counting for all charsets: what is blank in this one is no text.</summary>
    /// <param name="charset">The source's charset.</param>
    public void Settle(BlankIn charset)
    {
        Close();
        var settled = new List<Shard>();
        foreach (var shard in _shards.Select(shard => shard.In(charset)))
        {
            // A shard without texts needs no part.
            if (settled.Count > 0 && (shard.Range.Texts == 0 || settled[^1].Range.Texts == 0))
            {
                settled[^1] = settled[^1].Append(shard);
            }
            else
            {
                settled.Add(shard);
            }
        }

        _shards.Clear();
        _shards.AddRange(settled);
        Texts = _shards.Sum(shard => shard.Range.Texts);
    }

    /// <summary>Ends the open shard here, if it is not a small one.</summary>
    public void Break()
    {
        if (_open.Range.Texts >= _maxTexts / Small || _open.Range.Bytes >= _maxBytes / Small)
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
        return [.. _shards.Select(shard => shard.Range)];
    }

    private void Close()
    {
        if (_open.Range.Lines == 0)
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

    /// <summary>A shard with the number of its texts that are blank in one charset alone.</summary>
    private readonly record struct Shard(ShardRange Range, long BlankInUtf8, long BlankInShiftJis, long BlankInEucJp)
    {
        public Shard Append(Shard next) => new(
            Range.Append(next.Range), BlankInUtf8 + next.BlankInUtf8, BlankInShiftJis + next.BlankInShiftJis,
            BlankInEucJp + next.BlankInEucJp);

        public Shard In(BlankIn charset) => new(Range with { Texts = Range.Texts - BlankTexts(charset) }, 0, 0, 0);

        private long BlankTexts(BlankIn charset) => charset switch
        {
            BlankIn.Utf8 => BlankInUtf8,
            BlankIn.ShiftJis => BlankInShiftJis,
            BlankIn.EucJp => BlankInEucJp,
            _ => throw new ArgumentOutOfRangeException(nameof(charset), charset, "Expected one charset."),
        };
    }
}
