using System.Text.Json;
using SimCse.Testing;
using SimCse.Tokenization.Mecab;

namespace SimCse.Tokenization.Tests.Mecab;

/// <summary>The surfaces of native MeCab, with Debian's IPADIC and with unidic-lite, on real and on hostile texts.</summary>
public sealed class NativeParityTests
{
    [Theory]
    [InlineData("data/jsts-train.json", false)]
    [InlineData("data/jsts-valid.json", false)]
    [InlineData("data/jsts-test.json", false)]
    [InlineData("data/jsts-train.json", true)]
    [InlineData("data/jsts-valid.json", true)]
    [InlineData("data/jsts-test.json", true)]
    public void Sentences_of_jsts_are_cut_as_by_mecab(string file, bool unidic) => RequireSame(
        unidic,
        File.ReadLines(SharedData.Require(file)).SelectMany(line =>
        {
            using var pair = JsonDocument.Parse(line);
            return new[] { pair.RootElement.GetProperty("sentence1").GetString()!, pair.RootElement.GetProperty("sentence2").GetString()! };
        }));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Paragraphs_of_jsquad_are_cut_as_by_mecab(bool unidic) =>
        RequireSame(unidic, File.ReadLines(SharedData.Require("data/jsquad-valid-paragraphs.txt")));

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, false)]
    [InlineData(3, false)]
    [InlineData(4, false)]
    [InlineData(1, true)]
    [InlineData(2, true)]
    public void Hostile_texts_are_cut_as_by_mecab(int seed, bool unidic) => RequireSame(unidic, HostileText.Create(seed, 5_000));

    [Theory]
    [MemberData(nameof(EdgeCases))]
    public void Edge_cases_are_cut_as_by_mecab(string name)
    {
        Assert.NotEmpty(name);
        RequireSame(unidic: false, [HostileEdges.All[name]]);
        if (SharedData.Has(UnidicLite.Archive))
        {
            RequireSame(unidic: true, [HostileEdges.All[name]]);
        }
    }

    public static TheoryData<string> EdgeCases => [.. HostileEdges.All.Keys];

    /// <summary>What transformers' own MecabTokenizer gives: NFKC, then MeCab.</summary>
    [Fact]
    public void Words_are_those_of_transformers()
    {
        using var folder = TokenizerFolder.Create(TokenizerFolder.PublishedPieces, "wordpiece").With(
            "tokenizer_config.json", """{"word_tokenizer_type":"mecab","mecab_kwargs":{"mecab_dic":"unidic_lite"}}""");
        var tokenizer = SentenceTokenizer.Load(folder.Path, new() { DictionaryFolder = UnidicLite.Require() });
        Assert.All(File.ReadLines(SharedData.Require("fixtures/unidic-lite-words.jsonl")), line =>
        {
            using var expected = JsonDocument.Parse(line);
            Assert.Equal(
                expected.RootElement.GetProperty("words").EnumerateArray().Select(word => word.GetString()!),
                tokenizer.Tokenize(expected.RootElement.GetProperty("text").GetString()!).Words);
        });
    }

    private static void RequireSame(bool unidic, IEnumerable<string> texts)
    {
        var folder = unidic ? UnidicLite.Require() : DebianIpadic.Require();
        using var native = Parity.RequireNative(folder);
        using var dictionary = MecabDictionary.Open(folder);
        Parity.RequireSame(native, new Lattice(dictionary), texts);
    }
}
