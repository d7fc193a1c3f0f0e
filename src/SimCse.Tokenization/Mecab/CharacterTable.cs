using System.Text;

namespace SimCse.Tokenization.Mecab;

/// <summary>
/// <c>char.bin</c>: u32 number of categories, 32 bytes for each one's name, then 32 bits for each character from U+0000 to U+FFFE.
/// Immutable and thread-safe.
/// </summary>
/// <remarks>
/// Format: <c>mecab/src/char_property.cpp</c> (taku910/mecab 61b90ba6). The table has no place for U+FFFF: MeCab reads the zeros that pad
/// the mapped file's last page. Characters outside the BMP read the place of U+0000.
/// </remarks>
internal sealed class CharacterTable
{
    private const int NameBytes = 32;
    private const int Characters = 0xFFFF;

    private readonly CharacterInfo[] _infos = new CharacterInfo[Characters + 1];

    public CharacterTable(string path)
    {
        using var file = new MappedFile(path, 4);
        var categories = file.Read<uint>(0, 1)[0];
        var expected = 4 + (NameBytes * (long)categories) + (4L * Characters);
        if (file.Length != expected)
        {
            throw new InvalidDataException(
                $"{path} cannot be used: its header promises {categories} categories in {expected} bytes and it holds {file.Length}.");
        }

        Categories = new string[categories];
        for (var i = 0; i < Categories.Count; i++)
        {
            var name = file.Read<byte>(4 + (i * NameBytes), NameBytes);
            var length = name.IndexOf((byte)0);
            ((string[])Categories)[i] = Encoding.UTF8.GetString(length < 0 ? name : name[..length]);
        }

        file.Read<CharacterInfo>(4 + (NameBytes * (int)categories), Characters).CopyTo(_infos);
        for (var c = 0; c < _infos.Length; c++)
        {
            if (_infos[c].DefaultCategory >= categories)
            {
                throw new InvalidDataException(
                    $"{path} cannot be used: U+{c:X4} is of category {_infos[c].DefaultCategory}; expected one below {categories}.");
            }
        }
    }

    public IReadOnlyList<string> Categories { get; }

    /// <summary>One for each UTF-16 unit.</summary>
    public ReadOnlySpan<CharacterInfo> Infos => _infos;
}
