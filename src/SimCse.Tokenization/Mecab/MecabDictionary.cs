using System.Text;

namespace SimCse.Tokenization.Mecab;

/// <summary>A folder with a compiled MeCab dictionary in UTF-8, of any number of columns. Memory-mapped, immutable, thread-safe.</summary>
internal sealed class MecabDictionary : IDisposable
{
    /// <summary>In <see cref="FirstCharacters"/>: no word starts with this character.</summary>
    public const int NoWord = int.MinValue;

    /// <summary>In <see cref="FirstCharacters"/>: a key ends inside the character, so walk byte by byte.</summary>
    public const int WalkBytes = int.MinValue + 1;

    private readonly LexiconEntry[][] _unknown;
    private readonly int[] _firstCharacters = new int[0x10000];

    private MecabDictionary(
        string folder, LexiconFile words, LexiconFile unknownWords, ConnectionMatrix connections, CharacterTable characters)
    {
        Folder = folder;
        Words = words;
        Connections = connections;
        Characters = characters;
        Require(unknownWords, "unk.dic");
        Require(words, "sys.dic");
        _unknown = [.. characters.Categories.Select(name => UnknownEntries(unknownWords, name))];
        FillFirstCharacters();
    }

    /// <summary>The files that make up a dictionary as it is used here; what else a folder holds does not change a surface.</summary>
    public static IReadOnlyList<string> Files { get; } = ["sys.dic", "unk.dic", "matrix.bin", "char.bin"];

    public string Folder { get; }

    public LexiconFile Words { get; }

    public ConnectionMatrix Connections { get; }

    public CharacterTable Characters { get; }

    /// <summary>
    /// For each UTF-16 unit the trie node that its UTF-8 bytes lead to, or one of the two constants. Three of ten steps of a usual look-up
    /// are saved by it.
    /// </summary>
    public ReadOnlySpan<int> FirstCharacters => _firstCharacters;

    /// <exception cref="FileNotFoundException">A file is missing.</exception>
    /// <exception cref="InvalidDataException">
    /// A file is no dictionary, is damaged, has another charset, or does not belong to the others.
    /// </exception>
    public static MecabDictionary Open(string folder)
    {
        var opened = new Stack<IDisposable>();
        try
        {
            var words = Opened(LexiconFile.Open(Path.Combine(folder, "sys.dic"), LexiconType.System));
            using var unknownWords = LexiconFile.Open(Path.Combine(folder, "unk.dic"), LexiconType.UnknownWords);
            var connections = Opened(new ConnectionMatrix(Path.Combine(folder, "matrix.bin")));
            return new MecabDictionary(folder, words, unknownWords, connections, new CharacterTable(Path.Combine(folder, "char.bin")));
        }
        catch
        {
            while (opened.TryPop(out var file))
            {
                file.Dispose();
            }

            throw;
        }

        T Opened<T>(T file)
            where T : IDisposable
        {
            opened.Push(file);
            return file;
        }
    }

    /// <summary>The entries that an unknown word of a category has, in the dictionary's order.</summary>
    public ReadOnlySpan<LexiconEntry> Unknown(CharacterInfo info) => _unknown[info.DefaultCategory];

    public void Dispose()
    {
        Words.Dispose();
        Connections.Dispose();
    }

    private void Require(LexiconFile lexicon, string name)
    {
        if (lexicon.LeftIds != Connections.LeftIds || lexicon.RightIds != Connections.RightIds)
        {
            throw new InvalidDataException(
                $"{Folder} mixes files of two dictionaries: {name} has {lexicon.LeftIds} × {lexicon.RightIds} connection ids and " +
                $"matrix.bin {Connections.LeftIds} × {Connections.RightIds}.");
        }
    }

    private LexiconEntry[] UnknownEntries(LexiconFile unknownWords, string category)
    {
        var value = unknownWords.Trie.Find(Encoding.UTF8.GetBytes(category));
        return value >= 0
            ? unknownWords.EntriesOf(value).ToArray()
            : throw new InvalidDataException(
                $"{Folder} mixes files of two dictionaries: unk.dic lacks the category '{category}' of char.bin.");
    }

    private void FillFirstCharacters()
    {
        var trie = Words.Trie;
        Span<byte> bytes = stackalloc byte[4];
        for (var c = 0; c < _firstCharacters.Length; c++)
        {
            _firstCharacters[c] = Rune.TryCreate((char)c, out var rune) ? Walk(trie, bytes[..rune.EncodeToUtf8(bytes)]) : NoWord;
        }

        static int Walk(DoubleArray trie, ReadOnlySpan<byte> character)
        {
            var node = trie.Root;
            for (var i = 0; i < character.Length; i++)
            {
                if (i > 0 && trie.ValueAt(node) >= 0)
                {
                    return WalkBytes;
                }

                if (!trie.TryStep(ref node, character[i]))
                {
                    return NoWord;
                }
            }

            return node;
        }
    }
}
