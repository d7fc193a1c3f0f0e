using System.Globalization;
using System.Text;
using System.Text.Json;
using CsCheck;
using SimCse.Jobs.Clients;
using SimCse.Jobs.Sources;
using SimCse.Testing;

namespace SimCse.Jobs.Tests;

/// <summary>Sources whose records are no lines: JSON arrays and Parquet. They are staged as JSON lines.</summary>
[Collection(nameof(JobRig))]
public sealed class DocumentFormatTests(AzuriteFixture azurite, DemoBundle demo)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("json", false)]
    [InlineData("json.gz", false)]
    [InlineData("json.zst", true)]
    public async Task The_elements_of_a_JSON_array_are_texts(string extension, bool isUtf16)
    {
        await JobRig.StartAsync(azurite, demo.Encoder);
        var rig = JobRig.WithSmallShards(azurite, demo.Encoder);
        const string Json = """
            [
              {
                "id": "a", "text": "一行\n二行",
                "n": [1, {"b": "]"}]
              }, {"text":"猫"}, 5,
              {"id":7,"text":null}, {"text":"犬","id":8}, {}, {"text" : "鳥"} ]
            """;
        byte[] bytes = isUtf16 ? [0xFF, 0xFE, .. Encoding.Unicode.GetBytes(Json)] : Encoding.UTF8.GetBytes(Json);
        bytes = extension switch { "json.gz" => SourceTests.Gzip(bytes), "json.zst" => FormatTests.Zstd(bytes), _ => bytes };

        var job = await rig.RunAsync(await rig.UploadAsync(bytes, extension));

        Assert.Equal((JobStatus.Succeeded, 7, 4, 3L, ""), (job.State, job.Texts, job.Shards, job.Errors, job.Reason ?? ""));
        Assert.Equal(["1:a:一行\n二行", "2:2:猫", "5:8:犬", "7:7:鳥"], await rig.RowsAsync(job));
        Assert.Collection(
            await rig.ErrorsAsync(job),
            row => Assert.StartsWith("""{"line":3,"id":"3",""", row, StringComparison.Ordinal),
            row => Assert.StartsWith("""{"line":4,"id":"7",""", row, StringComparison.Ordinal),
            row => Assert.StartsWith("""{"line":6,"id":"6",""", row, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("""{"data":[{"text":"猫"}]}""", "The source is a JSON object; expected an array of objects. If each line is an object")]
    [InlineData("\"猫\"", "is a JSON value; expected an array")]
    [InlineData("[]", "holds no element")]
    [InlineData("", "is not a whole JSON array")]
    [InlineData("[{\"text\":\"猫\"},\n{\"text\":\"犬\"", "is not a whole JSON array (line 2, byte 1")]
    [InlineData("[{\"text\":\"猫\"},\n{\"text\" \"犬\"}]", "(line 2, byte 9")]
    [InlineData("[{\"text\":\"猫\"}] {}", "1 elements before are whole")]
    public async Task What_is_no_JSON_array_fails_with_its_place(string content, string reason)
    {
        var failure = await Assert.ThrowsAsync<InvalidDataException>(() => ReadAsync(Encoding.UTF8.GetBytes(content), SourceKind.Json));
        Assert.Contains(reason, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_element_over_a_mebibyte_is_an_error_row()
    {
        var (_, records) = await ReadAsync(
            Encoding.UTF8.GetBytes($$"""[{"text":"猫"},{"text":"{{new string('x', 3 << 20)}}"},{"text":"犬"}]"""), SourceKind.Json);
        Assert.Equal(["猫", null, "犬"], records.Select(record => record.Text));
        Assert.Contains("bytes; at most 1048576 are read", records[1].Error, StringComparison.Ordinal);
    }

    /// <summary>Wherever a stream is cut into buffers, the lines are the elements.</summary>
    [Fact]
    public void Elements_come_whole_however_they_arrive()
    {
        var element = Gen.Select(
            Gen.Int[0, 5], Gen.Int[-9, 9999], (kind, number) => kind switch
            {
                0 => $"{{\"text\": \"a\\n\\\"{number}\",\n \"x\":[ ]}}",
                1 => number.ToString(CultureInfo.InvariantCulture),
                2 => $"[\r\n{number},null ]",
                3 => "{}",
                4 => $"\"あ😀{number}\"",
                _ => " true ",
            });
        Gen.Select(element.Array[1, 12], Gen.Int[1, 40]).Sample(
            (elements, chunk) =>
            {
                var json = $"[{string.Join(" ,\n", elements)}\n]";
                using var lines = new JsonArrayStream(new Chunks(Encoding.UTF8.GetBytes(json), chunk));
                using var copy = new MemoryStream();
                lines.CopyToAsync(copy, 64, CancellationToken.None).GetAwaiter().GetResult();
                using var document = JsonDocument.Parse(json);
                Assert.Equal(
                    document.RootElement.EnumerateArray().Select(one => one.GetRawText().Replace('\n', ' ').Replace('\r', ' ')),
                    Encoding.UTF8.GetString(copy.ToArray()).TrimEnd('\n').Split('\n'));
            },
            iter: 500);
    }

    [Fact]
    public async Task The_rows_of_a_Parquet_file_are_texts_and_large_row_groups_end_shards()
    {
        await JobRig.StartAsync(azurite, demo.Encoder);
        var rig = JobRig.WithSmallShards(azurite, demo.Encoder);
        var file = await DuckAsync(
            "select 'k' || i as id, case when i = 3 then null else '文' || i end as text, [i] as list from range(1, 6) t(i)");

        var job = await rig.RunAsync(await rig.UploadAsync(file, "parquet"));

        Assert.Equal((JobStatus.Succeeded, 5, 3, 1L, ""), (job.State, job.Texts, job.Shards, job.Errors, job.Reason ?? ""));
        Assert.Equal(["1:k1:文1", "2:k2:文2", "4:k4:文4", "5:k5:文5"], await rig.RowsAsync(job));
        Assert.Equal(
            """{"line":3,"id":"k3","reason":"\"text\" is a JSON null; expected a string."}""",
            Assert.Single(await rig.ErrorsAsync(job)));
    }

    [Theory]
    [InlineData("uncompressed")]
    [InlineData("snappy")]
    [InlineData("gzip")]
    [InlineData("zstd")]
    [InlineData("lz4_raw")]
    [InlineData("brotli")]
    public async Task All_codecs_and_types_of_Parquet_are_read(string codec)
    {
        var file = await DuckAsync(
            """
            select '文' || (i % 3) as 本文, i::smallint as i16, i::ubigint as u64, 0.1::float as f, 'nan'::double as nan, i % 2 = 0 as ok,
            date '2026-11-27' as dt, timestamptz '2026-11-27 10:00:00.123456+00' as tz, 1.50::decimal(9, 2) as dec,
            'a'::enum('a', 'b') as en, null::int as nul, struct_pack(x := 1) as st, case when i = 1 then 'null' end as s from range(3) t(i)
            """,
            codec);

        var (source, records) = await ReadAsync(
            file, SourceKind.Parquet,
            SourceColumns.Create("本文", "i16", ["u64", "f", "nan", "ok", "dt", "tz", "dec", "en", "nul", "s", "i16:double"]));

        Assert.Equal(
            "String Double Double Boolean Timestamp Timestamp String String Int64 String Double",
            string.Join(' ', source.Kept!.Select(column => column.Type)));
        Assert.Equal((3, "1", "文1"), (records.Count, records[1].Id, records[1].Text));
        var day = new DateTime(2026, 11, 27, 0, 0, 0, DateTimeKind.Utc);
        Assert.Equal(
            ["1", 0.1, null, false, day, day.AddHours(10).AddMicroseconds(123456), "1.50", "a", null, "null", 1.0], records[1].Kept!);
        Assert.Equal([null, 0.0], records[0].Kept![^2..]);
    }

    [Fact]
    public async Task A_Parquet_file_that_does_not_fit_is_refused_by_name()
    {
        var file = await DuckAsync("select 1 as n, ['a'] as list, {'x': 'a'} as st, 'a'::blob as b, '猫' as body");

        await RefusedAsync("The file has no column 'text'; it has 'n', 'list', 'st', 'b', 'body'.", file, SourceColumns.Default);
        await RefusedAsync("The column 'list' of the file is a list; expected a string.", file, Text("list"));
        await RefusedAsync("The column 'n' of the file is Int32; expected a string.", file, Text("n"));
        await RefusedAsync("no column 'st.x', which the option textColumn names", file, Text("st.x"));
        await RefusedAsync("The column 'b' of the file is a binary", file, SourceColumns.Create("body", null, ["b"]));
        await RefusedAsync("it is no Parquet file", "猫"u8.ToArray(), Text("body"));
        await RefusedAsync("cut off or damaged", file[..^20], Text("body"));
        await RefusedAsync("is named .parquet, but it is gzip", SourceTests.Gzip(file), Text("body"));
        var damaged = await DuckAsync("select '文' || hash(i) as body from range(1000) t(i)");
        damaged.AsSpan(40, 200).Clear();
        await RefusedAsync("Row group 1 of the column 'body' (ZSTD) cannot be read", damaged, Text("body"));

        static SourceColumns Text(string column) => SourceColumns.Create(column, null, []);
    }

    private static async Task RefusedAsync(string reason, byte[] file, SourceColumns columns)
    {
        var failure = await Assert.ThrowsAsync<InvalidDataException>(() => ReadAsync(file, SourceKind.Parquet, columns));
        Assert.Contains(reason, failure.Message, StringComparison.Ordinal);
    }

    private static async Task<byte[]> DuckAsync(string sql, string codec = "zstd")
    {
        using var folder = new TemporaryFolder();
        await DuckDb.QueryAsync($"copy ({sql}) to '{folder["a.parquet"]}' (format parquet, codec '{codec}')", Cancellation);
        return await File.ReadAllBytesAsync(folder["a.parquet"], Cancellation);
    }

    private static async Task<(SourceFile File, List<SourceRecord> Records)> ReadAsync(
        byte[] content, SourceKind kind, SourceColumns? columns = null)
    {
        using var stream = new MemoryStream(content);
        var file = await SourceFile.OpenAsync(stream, "source", new SourceFormat(kind), columns, cancellationToken: Cancellation);
        var records = new List<SourceRecord>();
        await foreach (var record in file.ReadAsync(Cancellation))
        {
            records.Add(record);
        }

        return (file, records);
    }

    private sealed class Chunks(byte[] bytes, int size) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(size, buffer.Length)], cancellationToken);
    }
}
