namespace SimCse.Tokenization.Mecab;

/// <content>Which words start at a position: MeCab's <c>Tokenizer::lookup</c>.</content>
internal sealed partial class Lattice
{
    /// <summary>MeCab's <c>max-grouping-size</c>, which counts the characters after the first; a dictionary cannot change it.</summary>
    private const int MaxGrouping = 24;

    /// <summary>MeCab keeps lengths in 16 bits and so looks no further ahead than this.</summary>
    private const int MaxBytesAhead = 65535;

    /// <summary>No known word nor unknown word to be tried is as long: mecab-dict-index reads lines of 8 KiB at most.</summary>
    private const int LongestWord = 16384;

    private readonly int[] _unknownEnds = new int[20];
    private DoubleArray.Match[] _matches = new DoubleArray.Match[64];
    private int _matchCount;
    private int _runStart;
    private int _runEnd;

    /// <summary>Puts every word that may start at a position into the lattice, spaces before it included.</summary>
    private void Expand(int position)
    {
        var begin = Plain || IsContinuation(_bytes[position]) ? int.MaxValue : SkipSpaces(position);
        if (begin - position > MaxBytesAhead - LongestWord)
        {
            ExpandPlain(position);
            return;
        }

        if (begin == _length)
        {
            return; // spaces at the end of the text: MeCab makes a word that ends behind it and that nothing reaches
        }

        var info = _characters[begin].Info;
        FindWords(begin);
        var unknown = _matchCount == 0 || info.InvokesAlways ? FindUnknownWords(begin, info) : 0;
        GatherLeft(position);

        // Of two words that end together, MeCab prefers, at equal cost, the one it made first, for it links them in reverse.
        if (unknown > 0)
        {
            ConnectUnknown(_dictionary.Unknown(info), begin, _unknownEnds.AsSpan(0, unknown));
        }

        for (var i = _matchCount - 1; i >= 0; i--)
        {
            var (value, length) = _matches[i];
            var entries = _dictionary.Words.EntriesOf(value);
            for (var j = entries.Length - 1; j >= 0; j--)
            {
                Connect(in entries[j], begin, length, begin + length);
            }
        }
    }

    /// <summary>Words of the same category and start have the same predecessor, wherever they end.</summary>
    private void ConnectUnknown(ReadOnlySpan<LexiconEntry> entries, int begin, ReadOnlySpan<int> ends)
    {
        for (var i = entries.Length - 1; i >= 0; i--)
        {
            ref readonly var entry = ref entries[i];
            var best = BestBefore(entry.LeftId, out var cost);
            foreach (var end in ends)
            {
                Add(best, cost + entry.Cost, entry.RightId, begin, end - begin, end);
            }
        }
    }

    private int SkipSpaces(int position)
    {
        var end = Math.Min(_length, position + MaxBytesAhead);
        for (var previous = _space; position < end; position += BytesOf(_bytes[position]))
        {
            var info = _characters[position].Info;
            if (!previous.IsKindOf(info))
            {
                break;
            }

            previous = info;
        }

        return position;
    }

    private void FindWords(int begin)
    {
        _matchCount = 0;
        var trie = _dictionary.Words.Trie;
        var text = _bytes.AsSpan(begin, _length - begin);
        var (node, position) = (trie.Root, 0);
        var bytes = BytesOf(text[0]);
        if (bytes < 4)
        {
            var first = bytes == 1 ? text[0]
                : bytes == 2 ? ((text[0] & 0x1F) << 6) | (text[1] & 0x3F)
                : ((text[0] & 0xF) << 12) | ((text[1] & 0x3F) << 6) | (text[2] & 0x3F);
            var after = _dictionary.FirstCharacters[first];
            if (after == MecabDictionary.NoWord)
            {
                return;
            }

            if (after != MecabDictionary.WalkBytes)
            {
                (node, position) = (after, bytes);
            }
        }

        while ((_matchCount = trie.FindPrefixes(node, position, text, _matches)) < 0)
        {
            Array.Resize(ref _matches, 2 * _matches.Length);
        }
    }

    /// <summary>Writes where unknown words end and returns their number.</summary>
    private int FindUnknownWords(int begin, CharacterInfo info)
    {
        var count = 0;
        var end = begin + BytesOf(_bytes[begin]);
        var groupEnd = -1;
        if (info.Groups)
        {
            groupEnd = RunEnd(begin);
            if (_characters[groupEnd].Ordinal - _characters[begin].Ordinal - 1 <= MaxGrouping)
            {
                _unknownEnds[count++] = groupEnd;
            }
        }

        // A length that the group has already is not tried twice; MeCab then does not get past it either.
        for (var length = 1; length <= info.Length && end <= _length && end != groupEnd; length++)
        {
            _unknownEnds[count++] = end;
            if (!info.IsKindOf(_characters[end].Info))
            {
                break;
            }

            end += BytesOf(_bytes[end]);
        }

        if (count == 0 && _matchCount == 0)
        {
            _unknownEnds[count++] = end;
        }

        return count;
    }

    /// <summary>
    /// Where the run of characters ends in which each is of a kind with its neighbour. All characters of a run share its end, so that a
    /// long run is walked once and not once for each of its characters.
    /// </summary>
    private int RunEnd(int begin)
    {
        if (begin >= _runStart && begin < _runEnd)
        {
            return _runEnd;
        }

        _runStart = begin;
        var info = _characters[begin].Info;
        var end = begin + BytesOf(_bytes[begin]);
        while (end < _length && info.IsKindOf(_characters[end].Info))
        {
            info = _characters[end].Info;
            end += BytesOf(_bytes[end]);
        }

        return _runEnd = end;
    }

    private static bool IsContinuation(byte value) => (value & 0xC0) == 0x80;
}
