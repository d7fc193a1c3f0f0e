using System.Text.Json;
using SimCse.Testing;
using SimCse.Tokenization.Mecab;

namespace SimCse.Tokenization.Tests.Mecab;

/// <summary>What the parity tests show with IPADIC, where neither it nor MeCab is installed.</summary>
public sealed class SmallDictionaryTests : IDisposable
{
    private static readonly JsonSerializerOptions Readable =
        new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly MecabDictionary _dictionary = MecabDictionary.Open(SmallDictionary.Folder);

    private static IEnumerable<string> Texts => HostileText.Create(SmallDictionary.ExpectedSeed, SmallDictionary.ExpectedTexts);

    public static TheoryData<string> EdgeCases => [.. HostileEdges.All.Keys];

    [Fact]
    public void Hostile_texts_are_cut_as_native_mecab_did()
    {
        var lattice = new Lattice(_dictionary);
        var expected = File.ReadLines(SmallDictionary.Expected).Select(line => JsonSerializer.Deserialize<List<string>>(line)!).ToList();

        Assert.Equal(SmallDictionary.ExpectedTexts, expected.Count);
        Assert.All(Texts.Zip(expected), pair => Parity.RequireSame(pair.First, pair.Second, Words(lattice, pair.First)));
    }

    [Fact]
    public void The_expected_words_are_native_mecabs()
    {
        using var native = Parity.RequireNative(SmallDictionary.Folder);
        var lines = Texts.Select(text => JsonSerializer.Serialize(native.Segment(text), Readable)).ToList();
        if (Environment.GetEnvironmentVariable("SIMCSE_WRITE_EXPECTED") is not null)
        {
            File.WriteAllLines(SmallDictionary.Expected, lines);
        }

        Assert.Equal(File.ReadLines(SmallDictionary.Expected), lines);
    }

    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    public void More_hostile_texts_are_cut_as_by_mecab(int seed)
    {
        using var native = Parity.RequireNative(SmallDictionary.Folder);
        Parity.RequireSame(native, new Lattice(_dictionary), HostileText.Create(seed, 5_000));
    }

    [Theory]
    [MemberData(nameof(EdgeCases))]
    public void Edge_cases_are_cut_as_by_mecab(string name)
    {
        using var native = Parity.RequireNative(SmallDictionary.Folder);
        var text = HostileEdges.All[name];
        if (native.Segment(text) is not null) // costs are high here: MeCab gives long texts up
        {
            Parity.RequireSame(native, new Lattice(_dictionary), [text]);
        }
        else
        {
            Assert.True(text.Length >= 10_000);
            Assert.NotEmpty(Words(new Lattice(_dictionary), text));
        }
    }

    [Fact]
    public void The_short_cuts_change_no_word()
    {
        var quick = new Lattice(_dictionary);
        var plain = new Lattice(_dictionary) { Plain = true };

        Assert.All(HostileText.Create(21, 5_000), text => Parity.RequireSame(text, Words(plain, text), Words(quick, text)));
    }

    [Fact]
    public void Words_that_leave_early_are_those_that_the_whole_text_has()
    {
        // Long enough for dozens of checkpoints; the plain lattice has none before 2³¹ nodes.
        var text = string.Concat(HostileText.Create(31, 4_000).Select(part => PythonText.ReplaceLoneSurrogates(part).ToString()));

        Parity.RequireSame(
            text, Words(new Lattice(_dictionary) { Plain = true, ChecksEarly = false }, text), Words(new Lattice(_dictionary), text));
    }

    [Fact]
    public void A_megabyte_needs_a_lattice_of_some_thousand_words_only()
    {
        var lattice = new Lattice(_dictionary);
        var text = string.Concat(Enumerable.Repeat("東京都に住む外国人参政権。すもももももももものうち、", 1 + ((1 << 20) / 26)));

        Assert.Equal(text, string.Concat(Words(lattice, text)));
        Assert.InRange(lattice.NodeCapacity, 1, 1 << 16);
    }

    [Fact]
    public void A_reader_of_the_first_words_ends_the_search_early()
    {
        var lattice = new Lattice(_dictionary);
        var text = string.Concat(Enumerable.Repeat("東京都に住む。", 100_000));

        Assert.Equal(["東京都", "に", "住む", "。", "東京都"], WordList.Of(lattice, text, limit: 5));
        Assert.InRange(lattice.Reached, 1, 60_000); // of 2.1 million bytes
    }

    [Fact]
    public void Costs_beyond_32_bits_are_no_reason_to_give_up()
    {
        var text = new string('龘', 600_000); // some 9,000 a character

        Assert.Equal(text, string.Concat(Words(new Lattice(_dictionary), text)));
    }

    [Fact]
    public void A_lattice_serves_the_next_text_as_if_new()
    {
        var used = new Lattice(_dictionary);
        Assert.All(HostileText.Create(41, 2_000), text => Assert.Equal(Words(new Lattice(_dictionary), text), Words(used, text)));
    }

    [Fact]
    public void A_warm_lattice_allocates_nothing()
    {
        var lattice = new Lattice(_dictionary);
        var counter = new Counter();

        Assert.Equal(0, Allocations.BytesPerCall(() => lattice.Segment("東京都に住んでいます。猫が好き", ref counter)));
        Assert.NotEqual(0, counter.Count);
    }

    public void Dispose() => _dictionary.Dispose();

    private static List<string> Words(Lattice lattice, string text) => WordList.Of(lattice, PythonText.ReplaceLoneSurrogates(text));

    private struct Counter : IWordSink
    {
        public int Count { get; private set; }

        public bool Add(scoped ReadOnlySpan<char> word)
        {
            Count++;
            return true;
        }
    }
}
