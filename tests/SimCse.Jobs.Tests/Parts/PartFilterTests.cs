using System.Globalization;
using System.Text;
using Parquet;
using Parquet.Schema;
using SimCse.Inference;
using SimCse.Jobs.Parts;
using SimCse.Testing;

namespace SimCse.Jobs.Tests.Parts;

/// <summary>What DuckDB finds with a filter, which may skip row groups, is what a scan of all rows finds.</summary>
public sealed class PartFilterTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string File => _folder["a.parquet"];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("😀うれしい", "（笑）", "猫")] // in UTF-16, but not in UTF-8, the first comes before the second
    [InlineData("Ａ", "ﾊ", "😀")]
    [InlineData("", "a", "𠮷野家", "\uFFFD", "\U0010FFFF")]
    public async Task Every_text_and_every_id_is_found(params string[] strings) => await AssertFiltersAsync(strings);

    [Fact]
    public async Task Filters_agree_with_a_scan_over_strings_of_all_planes()
    {
        var random = new Random(20261127);
        for (var round = 0; round < 3; round++)
        {
            await AssertFiltersAsync([.. Enumerable.Range(0, 12).Select(_ => Text(random))]);
        }
    }

    [Fact]
    public async Task Strings_have_no_statistics_and_long_ones_leave_the_footer_small()
    {
        await WriteAsync([new string('あ', 30_000), new string('ん', 30_000)]);

        var bounds = await DuckDb.QueryAsync(
            $"select path_in_schema, coalesce(stats_min, stats_min_value), coalesce(stats_max, stats_max_value) " +
            $"from parquet_metadata('{File}') where path_in_schema in ('id', 'line', 'text') order by column_id", Cancellation);
        Assert.Equal([["id", null, null], ["line", "1", "2"], ["text", null, null]], bounds);
        var footer = await DuckDb.QueryAsync($"select footer_size from parquet_file_metadata('{File}')", Cancellation);
        Assert.InRange(Convert.ToInt64(footer[0][0], CultureInfo.InvariantCulture), 100, 4_000);
    }

    [Fact]
    public async Task The_statement_of_the_docs_mends_a_part_of_an_earlier_release()
    {
        string[] texts = ["😀うれしい", "（笑）", "猫"];
        var field = new DataField(PartSchema.Text, typeof(string), isNullable: false);
        await using (var stream = System.IO.File.Create(File))
        await using (var writer = await ParquetWriter.CreateAsync(new ParquetSchema(field), stream, cancellationToken: Cancellation))
        {
            using var group = writer.CreateRowGroup();
            await group.WriteAsync(field, texts);
        }

        var filter = $" where text = '{texts[0]}'";
        Assert.Equal(0L, (await DuckDb.QueryAsync($"select count(*) from '{File}'{filter}", Cancellation))[0][0]);

        var page = System.IO.File.ReadAllLines(Path.Combine(RepositoryRoot.Path, "docs", "parquet.md"));
        var statement = page.Single(line => line.StartsWith("copy (", StringComparison.Ordinal));
        var mended = _folder["mended.parquet"];
        await DuckDb.QueryAsync(
            statement.Replace("old/*.parquet", File, StringComparison.Ordinal)
                .Replace("mended.parquet", mended, StringComparison.Ordinal), Cancellation);

        Assert.Equal(1L, (await DuckDb.QueryAsync($"select count(*) from '{mended}'{filter}", Cancellation))[0][0]);
    }

    private async Task AssertFiltersAsync(string[] strings)
    {
        await WriteAsync(strings);
        foreach (var value in strings.Distinct())
        {
            (string Sign, Func<int, bool> Holds)[] filters =
                [("=", order => order == 0), ("<", order => order < 0), (">=", order => order >= 0)];
            var expected = filters.Select(filter => (object)(long)strings.Count(text => filter.Holds(Compare(text, value)))).ToArray();
            var text = value.Replace("'", "''", StringComparison.Ordinal);
            foreach (var column in (string[])["id", "text"])
            {
                var counts = filters.Select(filter => $"(select count(*) from '{File}' where {column} {filter.Sign} '{text}')");
                var found = (await DuckDb.QueryAsync($"select {string.Join(", ", counts)}", Cancellation))[0];
                Assert.Equal((column, value, string.Join(' ', expected)), (column, value, string.Join(' ', found)));
            }
        }
    }

    private async Task WriteAsync(string[] strings)
    {
        var metadata = new PartMetadata
        {
            Model = new ModelDescription("m", "f", Dimension: 1, Pooling.Cls, Precision.Float32, MaxSequenceLength: 128, Untrained: true),
            Dimension = 1,
            Normalized = false,
        };
        await using var file = System.IO.File.Create(File);
        await using var writer = await PartWriter.CreateAsync(file, metadata, includeText: true, cancellationToken: Cancellation);
        await writer.WriteAsync(
            new PartRows(strings, [.. strings.Select((_, i) => i + 1L)], strings, new EncodedTexts(strings.Length, 1)), Cancellation);
    }

    private static int Compare(string a, string b) => Encoding.UTF8.GetBytes(a).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(b));

    /// <summary>One to three characters: the planes with characters at their borders are as likely as the others.</summary>
    private static string Text(Random random) => string.Concat(Enumerable.Range(0, random.Next(1, 4)).Select(_ => random.Next(5) switch
    {
        0 => new Rune(random.Next(0x20, 0x7F)),
        1 => new Rune(random.Next(0x3041, 0x3097)),
        2 => new Rune(random.Next(0xE000, 0x10000)),
        3 => new Rune(random.Next(0x10000, 0x20000)),
        _ => new Rune(random.Next(0x20000, 0x110000)),
    }));
}
