using SimCse.Inference;
using SimCse.Jobs.Parts;
using SimCse.Testing;

namespace SimCse.Jobs.Tests.Parts;

public sealed class PartTests
{
    private static readonly PartMetadata Metadata = new()
    {
        Model = new ModelDescription("m", "f", Dimension: 4, Pooling.Cls, Precision.Float32, MaxSequenceLength: 128, Untrained: true),
        Dimension = 3,
        Normalized = true,
        Prompt = "文章: ",
        PromptName = "document",
        Origin = new PartOrigin("j", 7, "a/b.txt", "0x1"),
    };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_was_written_is_read(bool includeText)
    {
        using var stream = new MemoryStream();
        await WriteAsync(stream, includeText, Rows(0, 5), Rows(5, 1), Rows(6, 0));

        await using var reader = await PartReader.OpenAsync(stream, "a.parquet", Cancellation);
        var groups = new List<PartRows>();
        await foreach (var rows in reader.ReadAsync(Cancellation))
        {
            groups.Add(rows);
        }

        Assert.Equal(Metadata, reader.Metadata);
        Assert.Equal([5, 1], groups.Select(rows => rows.Count));
        foreach (var (expected, rows) in groups.Zip([Rows(0, 5), Rows(5, 1)], (rows, expected) => (expected, rows)))
        {
            Assert.Equal(expected.Ids, rows.Ids);
            Assert.Equal(expected.Lines, rows.Lines);
            Assert.Equal(includeText ? expected.Texts : [], rows.Texts);
            Assert.Equal(expected.Encoded.Vectors, rows.Encoded.Vectors);
            Assert.Equal(expected.Encoded.Tokens, rows.Encoded.Tokens);
            Assert.Equal(expected.Encoded.Truncated, rows.Encoded.Truncated);
        }
    }

    [Fact]
    public async Task Many_rows_are_several_row_groups_and_come_back_in_order()
    {
        using var stream = new MemoryStream();
        var written = Rows(0, 2_500);
        await WriteAsync(stream, includeText: true, Rows(0, 3), written);

        await using var reader = await PartReader.OpenAsync(stream, "a.parquet", Cancellation);
        var groups = await reader.ReadAsync(Cancellation).ToListAsync(Cancellation);

        Assert.Equal([3, 1_024, 1_024, 452], groups.Select(rows => rows.Count));
        Assert.Equal(written.Ids, groups.Skip(1).SelectMany(rows => rows.Ids));
        Assert.Equal(written.Lines, groups.Skip(1).SelectMany(rows => rows.Lines));
        Assert.Equal(written.Texts, groups.Skip(1).SelectMany(rows => rows.Texts));
        Assert.Equal(written.Encoded.Vectors, groups.Skip(1).SelectMany(rows => rows.Encoded.Vectors));
        Assert.Equal(written.Encoded.Tokens, groups.Skip(1).SelectMany(rows => rows.Encoded.Tokens));
        Assert.Equal(written.Encoded.Truncated, groups.Skip(1).SelectMany(rows => rows.Encoded.Truncated));
    }

    [Fact]
    public async Task Columns_are_stored_as_promised()
    {
        using var folder = new TemporaryFolder();
        await using (var file = File.Create(folder["a.parquet"]))
        {
            await WriteAsync(file, includeText: true, Rows(0, 1000));
        }

        var columns = await DuckDb.QueryAsync(
            $"select path_in_schema, type, compression, encodings from parquet_metadata('{folder["a.parquet"]}') order by column_id",
            Cancellation);
        Assert.Equal(
            ["id", "line", "source", "text", "tokens", "truncated", "embedding, list, element"], columns.Select(column => column[0]));
        Assert.Equal(["BYTE_ARRAY", "INT64", "BYTE_ARRAY", "BYTE_ARRAY", "INT32", "BOOLEAN", "FLOAT"], columns.Select(column => column[1]));
        Assert.All(columns, column => Assert.Equal("ZSTD", column[2]));
        Assert.Contains("BYTE_STREAM_SPLIT", (string)columns[^1][3]!, StringComparison.Ordinal);
        Assert.DoesNotContain("DICTIONARY", (string)columns[^1][3]!, StringComparison.Ordinal);

        var schema = await DuckDb.QueryAsync(
            $"select name, repetition_type from parquet_schema('{folder["a.parquet"]}') where name in ('id', 'line', 'list', 'element')",
            Cancellation);
        Assert.Equal([["id", "REQUIRED"], ["line", "REQUIRED"], ["list", "REPEATED"], ["element", "REQUIRED"]], schema);
        var sums = await DuckDb.QueryAsync(
            $"select sum(line), sum(embedding[1]), sum(embedding[3]), bool_and(text = 'text ' || line) from '{folder["a.parquet"]}'",
            Cancellation);
        Assert.Equal([new System.Numerics.BigInteger(500_500), 499_500.0, 499_500.0 + 500.0, true], sums[0]);
    }

    [Fact]
    public async Task Vectors_of_another_dimension_are_refused()
    {
        using var stream = new MemoryStream();
        await using var writer = await PartWriter.CreateAsync(
            stream, Metadata with { Dimension = 2 }, includeText: true, cancellationToken: Cancellation);
        var failure = await Assert.ThrowsAsync<ArgumentException>(() => writer.WriteAsync(Rows(0, 1), Cancellation));
        Assert.Contains("3 components; the part has 2", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("not parquet, but long enough to hold a footer")]
    public async Task A_file_that_is_no_Parquet_is_named(string content)
    {
        using var stream = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(content));
        var failure = await Assert.ThrowsAsync<InvalidDataException>(() => PartReader.OpenAsync(stream, "notes.txt", Cancellation));
        Assert.Contains("notes.txt is no Parquet file", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_Parquet_file_of_somebody_else_is_named_with_what_it_lacks()
    {
        using var folder = new TemporaryFolder();
        await DuckDb.QueryAsync($"copy (select 1 as x) to '{folder["other.parquet"]}' (format parquet)", Cancellation);
        await using var file = File.OpenRead(folder["other.parquet"]);
        var failure = await Assert.ThrowsAsync<InvalidDataException>(() => PartReader.OpenAsync(file, "other.parquet", Cancellation));
        Assert.Contains("its footer lacks simcse.", failure.Message, StringComparison.Ordinal);
    }

    /// <summary>Whatever the damage is, it is named as such; some bytes may be others without harm.</summary>
    [Fact]
    public async Task A_damaged_part_is_named()
    {
        using var whole = new MemoryStream();
        await WriteAsync(whole, includeText: true, Rows(0, 20));
        var random = new Random(5);
        var named = 0;
        for (var round = 0; round < 150; round++)
        {
            var bytes = whole.ToArray();
            for (var i = random.Next(4); i >= 0; i--)
            {
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }

            using var damaged = new MemoryStream(bytes, 0, round % 3 == 0 ? random.Next(bytes.Length) : bytes.Length);
            try
            {
                await using var reader = await PartReader.OpenAsync(damaged, "damaged.parquet", Cancellation);
                await foreach (var _ in reader.ReadAsync(Cancellation))
                {
                }
            }
            catch (InvalidDataException e)
            {
                named++;
                Assert.Contains("damaged.parquet ", e.Message, StringComparison.Ordinal);
            }
        }

        Assert.InRange(named, 50, 150);
    }

    private static async Task WriteAsync(Stream stream, bool includeText, params PartRows[] groups)
    {
        await using var writer = await PartWriter.CreateAsync(stream, Metadata, includeText, cancellationToken: Cancellation);
        foreach (var rows in groups)
        {
            await writer.WriteAsync(rows, Cancellation);
        }
    }

    /// <summary>Row i: id "i", line i + 1, text "text i+1", vector (i, -i, i + 0.5).</summary>
    private static PartRows Rows(int first, int count)
    {
        var encoded = new EncodedTexts(count, 3);
        for (var i = 0; i < count; i++)
        {
            var row = first + i;
            float[] vector = [row, -row, row + 0.5f];
            vector.CopyTo(encoded.Vectors.AsSpan(3 * i));
            (encoded.Tokens[i], encoded.Truncated[i]) = (row + 2, row % 2 == 1);
        }

        var rows = Enumerable.Range(first, count).ToList();
        return new PartRows(
            [.. rows.Select(row => $"{row}")], [.. rows.Select(row => row + 1L)], [.. rows.Select(row => $"text {row + 1}")], encoded);
    }
}
