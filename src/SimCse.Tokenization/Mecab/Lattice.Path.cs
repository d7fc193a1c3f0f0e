using System.Text;

namespace SimCse.Tokenization.Mecab;

/// <content>From the search's result back to words; for long texts already while the search goes on.</content>
internal sealed partial class Lattice
{
    private const int CheckpointNodes = 1 << 14;

    private int _checkpointAt;
    private int[] _path = new int[256];
    private int _pathCount;
    private int[] _kept = [];

    /// <summary>Connects the end of the text to what ends last, so that spaces at the end do not count, and keeps the way there.</summary>
    private void Finish()
    {
        var position = _length;
        while (_lastEnding[position] == 0)
        {
            position--;
        }

        GatherLeft(position);
        Trace(BestBefore(0, out _));
    }

    /// <summary>Notes the words from the beginning, exclusive, to <paramref name="last"/>, last one first.</summary>
    private void Trace(int last)
    {
        _pathCount = 0;
        for (var node = last; node != 1; node = _nodes[node].Previous)
        {
            if (_pathCount == _path.Length)
            {
                Array.Resize(ref _path, 2 * _path.Length);
            }

            _path[_pathCount++] = node;
        }
    }

    private bool Emit<TSink>(ReadOnlySpan<char> text, ref TSink sink)
        where TSink : struct, IWordSink, allows ref struct
    {
        for (var i = _pathCount - 1; i >= 0; i--)
        {
            ref readonly var node = ref _nodes[_path[i]];
            var end = node.Start + node.Length;
            var whole = !IsContinuation(_bytes[node.Start]) && !IsContinuation(_bytes[end]);
            var word = whole
                ? text[_characters[node.Start].Utf16Index.._characters[end].Utf16Index]
                : Encoding.UTF8.GetString(_bytes, node.Start, node.Length);
            if (!sink.Add(word))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>
    /// Hands on the words that every way from here shares, and forgets all words on no such way. So memory follows the ambiguity of the
    /// text, not its length, and a reader of the first words need not wait for the last.
    /// </summary>
    /// <returns><see langword="false"/> when the sink wants no more.</returns>
    private bool Checkpoint<TSink>(int position, ReadOnlySpan<char> text, ref TSink sink)
        where TSink : struct, IWordSink, allows ref struct
    {
        var shared = FindShared(position);
        Trace(shared);
        if (!Emit(text, ref sink))
        {
            return false;
        }

        Compact(position, shared);
        _checkpointAt = _nodeCount + Math.Max(CheckpointNodes, _nodeCount);
        return true;
    }

    /// <summary>
    /// Marks in <see cref="_kept"/> every node on a way to a word that ends here or later, and returns the last that all share.
    /// </summary>
    private int FindShared(int position)
    {
        if (_kept.Length < _nodeCount)
        {
            _kept = new int[_nodes.Length];
        }

        Array.Clear(_kept, 0, _nodeCount);
        var shared = 0;
        for (var end = position; end <= _farthest && end <= _length; end++)
        {
            for (var last = _lastEnding[end]; last != 0; last = _nodes[last].OlderEnding)
            {
                var node = last;
                while (node != 1 && _kept[node] == 0)
                {
                    _kept[node] = 1;
                    node = _nodes[node].Previous;
                }

                // The first way is marked down to the beginning. Each other one meets a way that goes through the node shared so far:
                // after it, and nothing changes, or before it, and the meeting point is what all share. Numbers grow along a way.
                shared = shared == 0 ? last : Math.Min(node, shared);
            }
        }

        _kept[1] = 1;
        return shared;
    }

    /// <summary>Moves the marked nodes after <paramref name="shared"/> to the front, where it becomes the beginning.</summary>
    private void Compact(int position, int shared)
    {
        _nodes[1] = _nodes[shared];
        _kept[shared] = 1;
        var count = 2;
        for (var node = shared + 1; node < _nodeCount; node++)
        {
            if (_kept[node] != 0)
            {
                _kept[node] = count;
                _nodes[count] = _nodes[node];
                _nodes[count].Previous = _kept[_nodes[node].Previous];
                count++;
            }
        }

        _nodeCount = count;
        for (var end = position; end <= _farthest && end <= _length; end++)
        {
            var last = _lastEnding[end];
            if (last == 0)
            {
                continue;
            }

            last = _lastEnding[end] = _kept[last];
            while (_nodes[last].OlderEnding != 0)
            {
                last = _nodes[last].OlderEnding = _kept[_nodes[last].OlderEnding];
            }
        }
    }
}
