using System.Text;

namespace SimCse.Tokenization.Mecab;

/// <summary>
/// <c>sys.dic</c> or <c>unk.dic</c>: a header of 72 bytes (u32 magic, version, type, entries, left ids, right ids, bytes of trie, of
/// tokens, of features, 0; 32 bytes charset), then these three. Thread-safe.
/// </summary>
/// <remarks>Format: <c>mecab/src/dictionary.cpp</c> (taku910/mecab 61b90ba6).</remarks>
internal sealed unsafe class LexiconFile : IDisposable
{
    private const uint Magic = 0xEF718F77;
    private const int SupportedVersion = 102;
    private const int HeaderBytes = 72;

    private readonly MappedFile _file;
    private readonly int _units;
    private readonly int _entries;
    private readonly DoubleArray.Unit* _trie;
    private readonly LexiconEntry* _firstEntry;

    private LexiconFile(MappedFile file, LexiconType type)
    {
        _file = file;
        var header = file.Read<uint>(0, 10);
        Require(
            (header[0] ^ Magic) == (uint)file.Length, $"its header promises {header[0] ^ Magic} bytes and it holds {file.Length}; it is " +
            "truncated, or no compiled MeCab dictionary. Compile it again with mecab-dict-index or fetch it again");
        Require(header[1] == SupportedVersion, $"it has version {header[1]}; expected {SupportedVersion} (MeCab 0.99)");
        Require(
            header[2] == (uint)type, $"it is a dictionary of type {header[2]} (0 system, 1 user, 2 unknown words); expected {(uint)type}");

        var charset = Encoding.ASCII.GetString(file.Read<byte>(40, 32)).TrimEnd('\0');
        Require(
            charset.Replace("-", "", StringComparison.Ordinal).Equals("utf8", StringComparison.OrdinalIgnoreCase),
            $"it is in charset '{charset}'; expected UTF-8. Debian's UTF-8 IPADIC is the package mecab-ipadic-utf8");

        var (trie, entries, features) = (header[6], header[7], header[8]);
        Require(HeaderBytes + (long)trie + entries + features == file.Length && trie % 8 == 0 && entries % 16 == 0 && trie > 0,
            $"its parts of {trie}, {entries} and {features} bytes do not add up to its {file.Length} bytes");
        LeftIds = (int)header[4];
        RightIds = (int)header[5];
        _units = (int)trie / 8;
        _trie = file.Locate<DoubleArray.Unit>(HeaderBytes, _units);
        _entries = (int)entries / 16;
        _firstEntry = file.Locate<LexiconEntry>(HeaderBytes + (int)trie, _entries);
        RequireIds();
    }

    /// <summary>The number of left ids in the header; the first dimension of the connection matrix.</summary>
    public int LeftIds { get; }

    public int RightIds { get; }

    public DoubleArray Trie => new(new ReadOnlySpan<DoubleArray.Unit>(_trie, _units));

    /// <summary>All entries; those of one surface stand together, in the order of the dictionary's sources.</summary>
    public ReadOnlySpan<LexiconEntry> Entries => new(_firstEntry, _entries);

    public bool IsDisposed => _file.IsDisposed;

    /// <exception cref="InvalidDataException">The file is not such a dictionary; the message says what it is.</exception>
    public static LexiconFile Open(string path, LexiconType type)
    {
        var file = new MappedFile(path, 100);
        try
        {
            return new LexiconFile(file, type);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>
    /// The entries that a trie value stands for: the index of the first in the upper 24 bits, their number in the lower 8.
    /// </summary>
    /// <exception cref="InvalidDataException">There are no such entries: the trie is damaged.</exception>
    public ReadOnlySpan<LexiconEntry> EntriesOf(int value)
    {
        var (first, count) = (value >> 8, value & 0xFF);
        return first + count <= _entries
            ? new ReadOnlySpan<LexiconEntry>(_firstEntry + first, count)
            : throw new InvalidDataException(
                $"{_file.Path} is damaged: its trie points to entries {first} to {first + count}; expected at most {_entries}. Fetch it " +
                "again.");
    }

    public void Dispose() => _file.Dispose();

    /// <summary>Checked once, so that the search need not check each look-up in the matrix.</summary>
    private void RequireIds()
    {
        foreach (ref readonly var entry in Entries)
        {
            Require(entry.RightId < LeftIds && entry.LeftId < RightIds,
                $"an entry has connection ids {entry.LeftId} and {entry.RightId}; expected ids below {RightIds} and {LeftIds}");
        }
    }

    private void Require(bool condition, string found)
    {
        if (!condition)
        {
            throw new InvalidDataException($"{_file.Path} cannot be used: {found}.");
        }
    }
}
