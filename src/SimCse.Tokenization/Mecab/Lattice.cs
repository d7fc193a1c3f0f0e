using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace SimCse.Tokenization.Mecab;

/// <summary>
/// The words that MeCab could cut a text into, and the search for the cheapest way through them. One text at a time: not thread-safe; its
/// buffers serve the next text.
/// </summary>
/// <remarks>
/// Positions are bytes of the UTF-8 text, as in MeCab, whose surfaces these are on every input: <c>mecab/src/tokenizer.cpp</c> and
/// <c>viterbi.cpp</c> (taku910/mecab 61b90ba6). What differs changes no surface: costs have no upper bound here (MeCab gives up at 2³¹),
/// runs of a category are measured once, equal connections are computed once, and a text's beginning leaves as soon as no later word can
/// change it.
/// </remarks>
internal sealed partial class Lattice
{
    /// <summary>Room after the text: a word of spaces at its end may end this far behind.</summary>
    private const int EndBytes = 8;

    private readonly MecabDictionary _dictionary;
    private readonly CharacterInfo _space;
    private byte[] _bytes = new byte[1024];
    private Character[] _characters = new Character[1024];
    private int _length;

    public Lattice(MecabDictionary dictionary)
    {
        _dictionary = dictionary;
        _space = dictionary.Characters.Infos[' '];
    }

    /// <summary>Looks words up as MeCab's source does it, step by step and without any of the short cuts; for tests.</summary>
    internal bool Plain { get; init; }

    /// <summary>Whether words that nothing can change any more are handed on before the text's end; off in tests only.</summary>
    internal bool ChecksEarly { get; init; } = true;

    /// <summary>The position up to which the last text was searched.</summary>
    internal int Reached { get; private set; }

    internal int NodeCapacity => _nodes.Length;

    /// <summary>How large the buffers have grown, in bytes.</summary>
    public long Capacity =>
        _bytes.Length + ((long)_characters.Length * Unsafe.SizeOf<Character>()) + ((long)_nodes.Length * Unsafe.SizeOf<Node>());

    /// <summary>Hands the words of <paramref name="text"/> to <paramref name="sink"/>, in order, until it wants no more.</summary>
    /// <param name="text">Well-formed UTF-16.</param>
    /// <param name="sink">Takes each word; the span is valid during the call only.</param>
    public void Segment<TSink>(ReadOnlySpan<char> text, ref TSink sink)
        where TSink : struct, IWordSink, allows ref struct
    {
        ObjectDisposedException.ThrowIf(_dictionary.Words.IsDisposed, _dictionary);
        Load(text);
        Start();
        for (var position = 0; position < _length; position++)
        {
            if (_lastEnding[position] == 0)
            {
                continue;
            }

            Reached = position;
            if (_nodeCount >= _checkpointAt && !Checkpoint(position, text, ref sink))
            {
                return;
            }

            Expand(position);
        }

        Finish();
        Emit(text, ref sink);
        GC.KeepAlive(_dictionary);
    }

    /// <summary>Writes the text as UTF-8 and notes for the first byte of each character what is needed of it.</summary>
    private void Load(ReadOnlySpan<char> text)
    {
        Reserve(EndBytes + (text.Length < 4096 ? 3 * text.Length : Encoding.UTF8.GetByteCount(text)));
        var infos = _dictionary.Characters.Infos;
        var bytes = _bytes.AsSpan();
        var characters = _characters.AsSpan();
        int position = 0, ordinal = 0;
        for (var i = 0; i < text.Length; ordinal++)
        {
            var unit = text[i];
            characters[position] = new Character(infos[unit], i++, ordinal);
            if (unit < 0x80)
            {
                bytes[position++] = (byte)unit;
            }
            else if (unit < 0x800)
            {
                bytes[position] = (byte)(0xC0 | (unit >> 6));
                bytes[position + 1] = (byte)(0x80 | (unit & 0x3F));
                position += 2;
            }
            else if (!char.IsSurrogate(unit))
            {
                bytes[position] = (byte)(0xE0 | (unit >> 12));
                bytes[position + 1] = (byte)(0x80 | ((unit >> 6) & 0x3F));
                bytes[position + 2] = (byte)(0x80 | (unit & 0x3F));
                position += 3;
            }
            else
            {
                Rune.DecodeFromUtf16(text[(i - 1)..], out var rune, out var units);
                characters[position].Info = infos[units == 2 ? 0 : rune.Value];
                position += rune.EncodeToUtf8(bytes[position..]);
                i += units - 1;
            }
        }

        // The text ends as MeCab's copy does: with U+0000, which step 7 of the look-up may compare with.
        bytes.Slice(position, EndBytes).Clear();
        characters[position] = new Character(infos[0], text.Length, ordinal);
        _length = position;
    }

    private void Reserve(int bytes)
    {
        if (_bytes.Length < bytes)
        {
            var room = (int)Math.Min(Array.MaxLength, Math.Max(bytes, 2L * _bytes.Length));
            _bytes = new byte[room];
            _characters = new Character[room];
            _lastEnding = new int[room];
        }
    }

    /// <summary>Bytes of the character that starts at a position.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int BytesOf(byte first) => first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;

    /// <summary>A character, noted at the position of its first byte.</summary>
    [StructLayout(LayoutKind.Auto)]
    private struct Character(CharacterInfo info, int utf16Index, int ordinal)
    {
        public CharacterInfo Info = info;

        /// <summary>Index of its first UTF-16 unit in the text.</summary>
        public int Utf16Index = utf16Index;

        /// <summary>Number of code points before it.</summary>
        public int Ordinal = ordinal;
    }
}
