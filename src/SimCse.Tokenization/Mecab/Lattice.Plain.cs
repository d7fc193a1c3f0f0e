namespace SimCse.Tokenization.Mecab;

/// <content>
/// The look-up as MeCab's source has it, byte for byte: for what follows 48 KiB of spaces, where its 16-bit lengths wrap around and cut
/// through characters, and as the twin that tests hold the quick one to.
/// </content>
internal sealed partial class Lattice
{
    private Candidate[] _candidates = [];
    private int _candidateCount;

    private void ExpandPlain(int position)
    {
        _candidateCount = 0;
        FindCandidates(position, Math.Min(_length, position + MaxBytesAhead));
        GatherLeft(position);
        for (var i = _candidateCount - 1; i >= 0; i--)
        {
            ref readonly var candidate = ref _candidates[i];
            Connect(in candidate.Entry, candidate.Start, candidate.Length, position + candidate.LengthWithSpaces);
            if (candidate.LengthWithSpaces == 0)
            {
                GatherLeft(position); // 65,536 wrapped around: the word is its own neighbour's predecessor
            }
        }
    }

    private void FindCandidates(int position, int end)
    {
        CharacterInfo info = default;
        var (begin, bytes) = (position, 0);
        for (var previous = _space; begin != end; begin += bytes, previous = info)
        {
            info = InfoAt(begin, end, out bytes);
            if (!previous.IsKindOf(info))
            {
                break;
            }
        }

        AddWords(position, begin, end);
        if (_candidateCount > 0 && !info.InvokesAlways)
        {
            return;
        }

        var next = begin + bytes;
        if (next > end)
        {
            AddUnknown(position, begin, next, info);
            return;
        }

        var groupEnd = -1;
        if (info.Groups)
        {
            groupEnd = GroupEnd(next, end, info, out var characters);
            if (characters <= MaxGrouping)
            {
                AddUnknown(position, begin, groupEnd, info);
            }
        }

        for (var length = 1; length <= info.Length && next <= end; length++)
        {
            if (next == groupEnd)
            {
                continue;
            }

            AddUnknown(position, begin, next, info);
            if (!info.IsKindOf(InfoAt(next, end, out bytes)))
            {
                break;
            }

            next += bytes;
        }

        if (_candidateCount == 0)
        {
            AddUnknown(position, begin, next, info);
        }
    }

    private int GroupEnd(int next, int end, CharacterInfo info, out int characters)
    {
        for (characters = 0; next != end; characters++)
        {
            var other = InfoAt(next, end, out var bytes);
            if (!info.IsKindOf(other))
            {
                break;
            }

            next += bytes;
            info = other;
        }

        return next;
    }

    private void AddWords(int position, int begin, int end)
    {
        // A length of 0 means "to the next U+0000" to MeCab's trie.
        var text = begin < end ? _bytes.AsSpan(begin, end - begin) : _bytes.AsSpan(begin, _bytes.AsSpan(begin).IndexOf((byte)0));
        var trie = _dictionary.Words.Trie;
        var node = trie.Root;
        for (var length = 1; length <= text.Length && trie.TryStep(ref node, text[length - 1]); length++)
        {
            var value = trie.ValueAt(node);
            if (value >= 0)
            {
                AddAll(_dictionary.Words.EntriesOf(value), position, begin, begin + length);
            }
        }
    }

    private void AddUnknown(int position, int begin, int end, CharacterInfo info) =>
        AddAll(_dictionary.Unknown(info), position, begin, end);

    private void AddAll(ReadOnlySpan<LexiconEntry> entries, int position, int begin, int end)
    {
        foreach (ref readonly var entry in entries)
        {
            if (_candidateCount == _candidates.Length)
            {
                Array.Resize(ref _candidates, Math.Max(64, 2 * _candidateCount));
            }

            _candidates[_candidateCount++] = new Candidate(entry, begin, (ushort)(end - begin), (ushort)(end - position));
        }
    }

    /// <summary>MeCab's <c>getCharInfo</c>: what is cut off or no first byte is read as U+0000 of one byte.</summary>
    private CharacterInfo InfoAt(int position, int end, out int bytes)
    {
        var infos = _dictionary.Characters.Infos;
        var (first, room) = (_bytes[position], end - position);
        switch (first)
        {
            case < 0x80:
                bytes = 1;
                return infos[first];
            case >= 0xC0 and < 0xE0 when room >= 2:
                bytes = 2;
                return infos[((first & 0x1F) << 6) | (_bytes[position + 1] & 0x3F)];
            case >= 0xE0 and < 0xF0 when room >= 3:
                bytes = 3;
                return infos[((first & 0xF) << 12) | ((_bytes[position + 1] & 0x3F) << 6) | (_bytes[position + 2] & 0x3F)];
            default:
                bytes = first >= 0xF0 && room >= 4 ? 4 : 1;
                return infos[0];
        }
    }

    /// <summary>A word that may start at the current position, in the order in which MeCab makes them.</summary>
    private readonly record struct Candidate(LexiconEntry Entry, int Start, ushort Length, ushort LengthWithSpaces)
    {
        public readonly LexiconEntry Entry = Entry;
    }
}
