using System.Text.Json;
using SimCse.Testing;
using SimCse.Tokenization.Mecab;

namespace SimCse.Tokenization.Tests.Mecab;

/// <summary>The surfaces of native MeCab, with Debian's IPADIC, on real and on hostile texts.</summary>
public sealed class NativeParityTests
{
    [Theory]
    [InlineData("data/jsts-train.json")]
    [InlineData("data/jsts-valid.json")]
    [InlineData("data/jsts-test.json")]
    public void Sentences_of_jsts_are_cut_as_by_mecab(string file) => RequireSame(
        File.ReadLines(SharedData.Require(file)).SelectMany(line =>
        {
            using var pair = JsonDocument.Parse(line);
            return new[] { pair.RootElement.GetProperty("sentence1").GetString()!, pair.RootElement.GetProperty("sentence2").GetString()! };
        }));

    [Fact]
    public void Paragraphs_of_jsquad_are_cut_as_by_mecab() =>
        RequireSame(File.ReadLines(SharedData.Require("data/jsquad-valid-paragraphs.txt")));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Hostile_texts_are_cut_as_by_mecab(int seed) => RequireSame(HostileText.Create(seed, 5_000));

    [Theory]
    [MemberData(nameof(EdgeCases))]
    public void Edge_cases_are_cut_as_by_mecab(string name)
    {
        Assert.NotEmpty(name);
        RequireSame([HostileEdges.All[name]]);
    }

    public static TheoryData<string> EdgeCases => [.. HostileEdges.All.Keys];

    private static void RequireSame(IEnumerable<string> texts)
    {
        using var native = Parity.RequireNative(DebianIpadic.Require());
        using var dictionary = MecabDictionary.Open(DebianIpadic.Require());
        Parity.RequireSame(native, new Lattice(dictionary), texts);
    }
}
