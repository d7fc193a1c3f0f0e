using System.Buffers.Binary;
using SimCse.Testing;
using SimCse.Tokenization.Mecab;

namespace SimCse.Tokenization.Tests.Mecab;

public sealed class MecabDictionaryTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public MecabDictionaryTests() => SmallDictionary.CopyTo(_folder.Path);

    [Theory]
    [InlineData("sys.dic")]
    [InlineData("unk.dic")]
    [InlineData("matrix.bin")]
    [InlineData("char.bin")]
    public void A_missing_file_is_named(string file)
    {
        File.Delete(_folder[file]);

        Assert.Contains(file, Assert.Throws<FileNotFoundException>(Open).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("sys.dic")]
    [InlineData("unk.dic")]
    [InlineData("matrix.bin")]
    [InlineData("char.bin")]
    public void A_truncated_file_is_refused_with_its_size(string file)
    {
        var bytes = File.ReadAllBytes(_folder[file]);
        File.WriteAllBytes(_folder[file], bytes[..^2]);

        RequireRefused(file, $"{bytes.Length}", $"{bytes.Length - 2}");
    }

    [Theory]
    [InlineData("sys.dic")]
    [InlineData("unk.dic")]
    [InlineData("matrix.bin")]
    [InlineData("char.bin")]
    public void An_empty_file_is_refused(string file)
    {
        File.WriteAllBytes(_folder[file], []);

        RequireRefused(file, "0 bytes");
    }

    [Fact]
    public void A_file_of_another_kind_is_refused()
    {
        File.WriteAllText(_folder["sys.dic"], new string('x', 500));

        RequireRefused("sys.dic", "no compiled MeCab dictionary");
    }

    [Fact]
    public void Another_version_is_refused()
    {
        Patch("sys.dic", 4, 101);

        RequireRefused("sys.dic", "version 101", "102");
    }

    [Fact]
    public void A_dictionary_in_euc_jp_is_refused_with_a_way_out()
    {
        Overwrite("sys.dic", 40, "EUC-JP\0"u8);

        RequireRefused("sys.dic", "'EUC-JP'", "UTF-8", "mecab-ipadic-utf8");
    }

    [Fact]
    public void The_dictionary_of_unknown_words_is_no_system_dictionary()
    {
        File.Copy(_folder["unk.dic"], _folder["sys.dic"], overwrite: true);

        RequireRefused("sys.dic", "type 2");
    }

    [Fact]
    public void A_matrix_of_another_dictionary_is_refused()
    {
        File.WriteAllBytes(_folder["matrix.bin"], [1, 0, 1, 0, 0, 0]);

        RequireRefused("7 × 7", "1 × 1");
    }

    [Fact]
    public void A_category_that_unknown_words_lack_is_named()
    {
        Overwrite("char.bin", 4, "ELSEWHERE\0"u8);

        RequireRefused("'ELSEWHERE'");
    }

    [Fact]
    public void An_entry_with_an_id_outside_of_the_matrix_is_refused()
    {
        var trie = BinaryPrimitives.ReadInt32LittleEndian(File.ReadAllBytes(_folder["sys.dic"]).AsSpan(24));
        Overwrite("sys.dic", 72 + trie, [0xFF, 0x7F]);

        RequireRefused("sys.dic", "32767");
    }

    [Fact]
    public void A_refused_dictionary_is_let_go()
    {
        File.WriteAllBytes(_folder["matrix.bin"], [1, 0, 1, 0, 0, 0]);
        Assert.Throws<InvalidDataException>(Open);

        SmallDictionary.CopyTo(_folder["again"]);
        File.Copy(_folder["again/matrix.bin"], _folder["matrix.bin"], overwrite: true);

        Open();
    }

    [Fact]
    public void A_damaged_trie_leads_nowhere_outside_of_it()
    {
        var random = new Random(5);
        var good = File.ReadAllBytes(_folder["sys.dic"]);
        var trie = BinaryPrimitives.ReadInt32LittleEndian(good.AsSpan(24));
        for (var i = 0; i < 200; i++)
        {
            var bytes = (byte[])good.Clone();
            random.NextBytes(bytes.AsSpan(72 + random.Next(trie - 64), 64));
            File.WriteAllBytes(_folder["sys.dic"], bytes);
            using var dictionary = MecabDictionary.Open(_folder.Path);
            var error = Record.Exception(() => WordList.Of(new Lattice(dictionary), "東京都に住む外国人参政権Hello"));

            Assert.True(error is null or InvalidDataException, $"{error}");
        }
    }

    public void Dispose() => _folder.Dispose();

    private void Open() => MecabDictionary.Open(_folder.Path).Dispose();

    private void RequireRefused(params string[] parts)
    {
        var message = Assert.Throws<InvalidDataException>(Open).Message;
        Assert.All(parts, part => Assert.Contains(part, message, StringComparison.Ordinal));
    }

    private void Patch(string file, int offset, int value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        Overwrite(file, offset, bytes);
    }

    private void Overwrite(string file, int offset, ReadOnlySpan<byte> bytes)
    {
        using var stream = File.OpenWrite(_folder[file]);
        stream.Position = offset;
        stream.Write(bytes);
    }
}
