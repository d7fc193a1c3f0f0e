using CsCheck;
using SimCse.Cli.Terminal;
using Spectre.Console;

namespace SimCse.Cli.Tests;

/// <summary>Tables on terminals of usual widths, with long Japanese names.</summary>
public sealed class CliTableTests
{
    private const string LongName = "議事録/令和八年度/第三回定例会議の発言を一行ずつ書き起こしたもの（校正済み）.jsonl.gz";

    [Theory]
    [InlineData(80)]
    [InlineData(120)]
    public Task Ids_and_numbers_are_whole_and_names_are_cut_in_the_middle(int width) =>
        Snapshot.MatchesAsync($"table-{width}", Render(width));

    [Fact]
    public void Facts_wrap_between_words_and_are_never_cut()
    {
        var table = CliTable.CreateFacts().Row("reason", string.Join(' ', Enumerable.Repeat("reason", 40)));
        var lines = Render(table, 80).Split('\n');
        Assert.Equal(40, lines.Sum(line => line.Split("reason").Length - 1) - 1);
        Assert.All(lines, line => Assert.True(CutText.Width(line) <= 80));
    }

    [Fact]
    public void A_cut_text_has_at_most_the_width_and_keeps_its_ends() =>
        Gen.Select(Gen.String[Gen.Char["aあ漢é\u0301"], 0, 40], Gen.Int[9, 30]).Sample((text, width) =>
        {
            var cut = CutText.Cut(text, width);
            Assert.True(CutText.Width(cut) <= width);
            Assert.Equal(CutText.Width(text) <= width, cut == text);
            var at = cut.IndexOf('…', StringComparison.Ordinal);
            Assert.True(at < 0 || text.StartsWith(cut[..at], StringComparison.Ordinal));
            Assert.EndsWith(cut[(at + 1)..], text, StringComparison.Ordinal);
        });

    [Fact]
    public void A_wrapped_text_ends_its_lines_behind_blanks_and_slashes_and_loses_nothing() =>
        Gen.Select(Gen.String[Gen.Char["aあ漢/ "], 0, 60], Gen.Int[4, 30]).Sample((text, width) =>
        {
            var lines = WrappedText.Wrap(text, width);
            Assert.All(lines, line => Assert.True(CutText.Width(line) <= width));
            Assert.Equal(text.Replace(" ", "", StringComparison.Ordinal), string.Concat(lines).Replace(" ", "", StringComparison.Ordinal));
            Assert.True(text.Split(' ', '/').Max(CutText.Width) >= width || lines.SkipLast(1).All(line => line.Length == 0
                || line[^1] == '/' || text.Contains(line + " ", StringComparison.Ordinal)));
        });

    [Theory]
    [InlineData("👨‍👩‍👧‍👦👨‍👩‍👧‍👦👨‍👩‍👧‍👦👨‍👩‍👧‍👦👨‍👩‍👧‍👦👨‍👩‍👧‍👦👨‍👩‍👧‍👦👨‍👩‍👧‍👦", 9)]
    [InlineData("が\u3099が\u3099が\u3099が\u3099が\u3099が\u3099が\u3099", 9)]
    public void Characters_of_several_parts_stay_whole(string text, int width)
    {
        var first = System.Globalization.StringInfo.GetNextTextElement(text);
        Assert.Equal("…", CutText.Cut(text, width).Replace(first, "", StringComparison.Ordinal));
    }

    private static string Render(int width) => Render(
        CliTable.Create("!job", "source", "!state", ">texts")
            .Row("tcess2iicml7zjfglpzd", LongName, "succeeded", "1,234,567")
            .Row("5wqk3vxrz2e7hyj4mnbt", "a.txt", "running", "12"),
        width);

    private static string Render(Table table, int width)
    {
        using var output = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No,
            ColorSystem = ColorSystemSupport.NoColors,
            Out = new AnsiConsoleOutput(output),
        });
        console.Profile.Width = width;
        console.Profile.Capabilities.Unicode = true;
        table.Border = TableBorder.Square;
        console.Write(table);
        return output.ToString().ReplaceLineEndings("\n");
    }
}
