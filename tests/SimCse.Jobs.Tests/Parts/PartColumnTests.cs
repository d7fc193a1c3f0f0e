using System.Globalization;
using ParquetSharp.Arrow;
using SimCse.Inference;
using SimCse.Jobs.Parts;
using SimCse.Testing;
using PartReader = SimCse.Jobs.Parts.PartReader;
using PartWriter = SimCse.Jobs.Parts.PartWriter;

namespace SimCse.Jobs.Tests.Parts;

/// <summary>The columns that a part has because its job, or its source, asks for them.</summary>
public sealed class PartColumnTests : IDisposable
{
    private static readonly KeptColumn[] Kept =
    [
        new("題 名", KeptType.String), new("a.b", KeptType.Int64), new("score", KeptType.Double), new("public", KeptType.Boolean),
        new("at", KeptType.Timestamp),
    ];

    private static readonly DateTime At = new DateTime(2026, 11, 27, 10, 0, 0, DateTimeKind.Utc).AddMicroseconds(123_456);

    private static readonly object?[][] Values =
    [
        ["😀うれしい", 1L, 0.5, true, At],
        [null, null, null, null, null],
        ["（笑）", long.MinValue, double.NaN, false, DateTime.UnixEpoch],
        ["", long.MaxValue, -1e300, null, At.AddYears(-300)],
        ["猫", null, double.PositiveInfinity, true, null],
    ];

    private static readonly TextChunk[] Chunks = [new(0, 0, 10), new(1, 8, 5), new(0, 0, 1), new(0, 0, 0), new(2, 70_000, 3)];

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static PartMetadata Metadata => new()
    {
        Model = new ModelDescription("m", "f", Dimension: 2, Pooling.Cls, Precision.Float32, MaxSequenceLength: 128, Untrained: true),
        Dimension = 2,
        Normalized = false,
        ChunkOverlap = 4,
        Origin = new PartOrigin("j", 3, "資料/a.csv", "0x1"),
    };

    private string File => _folder["a.parquet"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task What_was_written_is_read()
    {
        await WriteAsync(Metadata, Values, Chunks);

        await using var file = System.IO.File.OpenRead(File);
        await using var reader = await PartReader.OpenAsync(file, "a.parquet", Cancellation);
        var rows = Assert.Single(await reader.ReadAsync(Cancellation).ToListAsync(Cancellation));
        Assert.Equal(Metadata, reader.Metadata);
        Assert.Equal(Kept, reader.Kept);
        Assert.Equal(Values, rows.Kept);
        Assert.Equal(DateTimeKind.Utc, ((DateTime)rows.Kept![0][4]!).Kind);
        Assert.Equal(Chunks, rows.Chunks);
    }

    [Fact]
    public async Task DuckDB_and_Arrow_see_the_types_and_the_values()
    {
        await WriteAsync(Metadata, Values, Chunks);

        var columns = await DuckDb.QueryAsync($"select column_name, column_type from (describe from '{File}')", Cancellation);
        Assert.Equal(
            [
                "id VARCHAR", "line BIGINT", "source VARCHAR", "chunk INTEGER", "start INTEGER", "length INTEGER", "text VARCHAR",
                "tokens INTEGER", "truncated BOOLEAN", "題 名 VARCHAR", "a.b BIGINT", "score DOUBLE", "public BOOLEAN",
                "at TIMESTAMP WITH TIME ZONE", "embedding FLOAT[]",
            ],
            columns.Select(column => $"{column[0]} {column[1]}"));
        var rows = await DuckDb.QueryAsync(
            $"select source, chunk, start, length, \"題 名\", \"a.b\", score, public, epoch_us(\"at\") from '{File}' order by line",
            Cancellation);
        Assert.Equal(["資料/a.csv", 1, 8, 5, null, null, null, null, null], rows[1]);
        Assert.Equal(["資料/a.csv", 0, 0, 10, "😀うれしい", 1L, 0.5, true, Microseconds(At)], rows[0]);
        Assert.Equal(Microseconds(At.AddYears(-300)), rows[3][8]);

        using var arrow = new FileReader(File);
        Assert.Equal(
            ["utf8 null", "int64 null", "double null", "bool null", "timestamp null", "fixed_size_list null"],
            arrow.Schema.FieldsList.Skip(9).Select(field => $"{field.DataType.Name} {(field.IsNullable ? "null" : "")}"));
    }

    /// <summary>Row groups are skipped by statistics only where these are right: of integers, times and the source's name.</summary>
    [Theory]
    [InlineData("\"題 名\" = '😀うれしい'", 1)]
    [InlineData("\"題 名\" is null", 1)]
    [InlineData("\"a.b\" = 9223372036854775807", 1)]
    [InlineData("\"a.b\" < 0", 1)]
    [InlineData("isnan(score)", 1)]
    [InlineData("score > 1e9", 2)] // infinity, and NaN, which is above all in DuckDB
    [InlineData("score = 0.5", 1)]
    [InlineData("score is null", 1)]
    [InlineData("public", 2)]
    [InlineData("not public", 1)]
    [InlineData("\"at\" < timestamptz '1800-01-01'", 1)]
    [InlineData("\"at\" > timestamptz '2026-01-01'", 1)]
    [InlineData("source = '資料/a.csv'", 5)]
    [InlineData("source = 'b'", 0)]
    [InlineData("start > 60000", 1)]
    public async Task A_filter_finds_every_row(string filter, long count)
    {
        await WriteAsync(Metadata, Values, Chunks);

        Assert.Equal(count, (await DuckDb.QueryAsync($"select count(*) from '{File}' where {filter}", Cancellation))[0][0]);
    }

    [Fact]
    public async Task The_sources_name_stands_once_in_a_dictionary()
    {
        await WriteAsync(Metadata, Values, Chunks);

        var columns = await DuckDb.QueryAsync(
            $"select encodings, stats_min_value from parquet_metadata('{File}') where path_in_schema = 'source'", Cancellation);
        Assert.Contains("DICTIONARY", (string)columns[0][0]!, StringComparison.Ordinal);
        Assert.Equal("資料/a.csv", columns[0][1]);
    }

    [Fact]
    public async Task A_part_outside_a_job_has_no_source_and_none_of_these_columns()
    {
        await WriteAsync(Metadata with { Origin = null, ChunkOverlap = null }, null, null);

        var columns = await DuckDb.QueryAsync($"select column_name from (describe from '{File}')", Cancellation);
        Assert.Equal(["id", "line", "text", "tokens", "truncated", "embedding"], columns.Select(column => column[0]));
        await using var file = System.IO.File.OpenRead(File);
        await using var reader = await PartReader.OpenAsync(file, "a.parquet", Cancellation);
        var rows = Assert.Single(await reader.ReadAsync(Cancellation).ToListAsync(Cancellation));
        Assert.Null(rows.Kept);
        Assert.Null(rows.Chunks);
        Assert.Empty(reader.Kept);
    }

    [Theory]
    [InlineData("ID", "by this name")]
    [InlineData("source", "by this name")]
    [InlineData("SCORE", "upper and lower case only")]
    public async Task A_column_with_the_name_of_another_is_refused(string name, string problem)
    {
        var refusal = await Assert.ThrowsAsync<ArgumentException>(() => PartWriter.CreateAsync(
            Stream.Null, Metadata, includeText: true, [new("score", KeptType.Double), new(name, KeptType.String)], Cancellation));
        Assert.Contains($"'{name}'", refusal.Message, StringComparison.Ordinal);
        Assert.Contains(problem, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rows_without_their_values_are_refused()
    {
        await using var writer = await PartWriter.CreateAsync(new MemoryStream(), Metadata, includeText: true, Kept, Cancellation);

        await Assert.ThrowsAsync<ArgumentException>(() => writer.WriteAsync(Rows(Values[..4], Chunks), Cancellation));
        await Assert.ThrowsAsync<ArgumentException>(() => writer.WriteAsync(Rows(Values, null), Cancellation));
    }

    private static long Microseconds(DateTime time) => (time - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;

    private static PartRows Rows(object?[][]? kept, TextChunk[]? chunks)
    {
        string[] ids = [.. Enumerable.Range(1, Values.Length).Select(line => line.ToString(CultureInfo.InvariantCulture))];
        return new PartRows(ids, [.. ids.Select(long.Parse)], ids, new EncodedTexts(ids.Length, 2)) { Kept = kept, Chunks = chunks };
    }

    private async Task WriteAsync(PartMetadata metadata, object?[][]? kept, TextChunk[]? chunks)
    {
        await using var file = System.IO.File.Create(File);
        await using var writer = await PartWriter.CreateAsync(file, metadata, includeText: true, kept is null ? null : Kept, Cancellation);
        await writer.WriteAsync(Rows(kept, chunks), Cancellation);
    }
}
