using System.Globalization;
using System.Text;
using System.Text.Json;
using SimCse.Jobs.Clients;
using SimCse.Jobs.State;
using SimCse.Testing;

namespace SimCse.Jobs.Tests;

/// <summary>
/// Whole jobs of the same rows in all formats that have columns: on two instances, of which one is killed at a write. DuckDB finds in the
/// parts what stands in the sources.
/// </summary>
[Collection(nameof(JobRig))]
public sealed class WholeFormatTests(AzuriteFixture azurite, DemoBundle demo)
{
    private const int Shards = 5; // of two texts each, the bad one included
    private const int BadRow = 4;

    /// <summary>The same for all formats, where none says that a missing string is an empty one.</summary>
    private static readonly Row[] Rows =
    [
        new("k1", "一行\n二行", 1, 0.1, true, "2026-11-27T10:00:00.123456Z", "表,\"引用\""),
        new("k2", "猫が\"にゃあ\"と鳴く。", long.MaxValue, -1.5e300, false, "1969-12-31T23:59:59Z", "改\r\n行"),
        new("k3", "ソ、能、表。", long.MinValue, null, null, null, "null"),
        new("k4", null, 4, 4, true, "2026-11-27T00:00:00Z", "no text"),
        new("k5", "😀 spaces ", null, 1e-7, true, "2026-11-27T00:00:00Z", " 空白 "),
        new("k6", "7", 0, 12345678.5, null, "0001-01-01T00:00:00Z", "😀"),
        new("k7", "tab\tと、comma,", 9007199254740993, 3, false, null, "\t"),
        new("k\"8\"", "犬", -1, null, true, "9999-12-31T23:59:59.999999Z", "[1, 2]"),
        new("k9", "鳥", null, 2.5, false, "2026-11-27T09:00:00Z", null),
    ];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("", 2, false)]
    [InlineData(".parquet", 1, true)]
    [InlineData(".parquet", 5, false)]
    public async Task Rows_ids_and_kept_values_come_out_as_they_went_in_although_an_instance_is_killed(
        string to, int writes, bool carriedOut)
    {
        var outside = await JobRig.StartAsync(azurite, demo.Encoder);
        string[] typed = ["n:int64", "price:double", "ok:boolean", "at:timestamp", "note"];
        string[] found = ["n", "price", "ok", "at:timestamp", "note"];
        var objects = Array.ConvertAll(Rows, row => JsonSerializer.Serialize(row, JsonSerializerOptions.Web));
        var json = $"[{string.Join(",\n", objects)}]";
        (string Extension, byte[] Content, string[] Keep)[] sources =
        [
            ("csv", Table(','), typed),
            ("tsv", Table('\t'), typed),
            ("json", Encoding.UTF8.GetBytes(json), found),
            ("parquet", await ParquetAsync(json), found),
            ("jsonl.zst", FormatTests.Zstd(Encoding.UTF8.GetBytes(string.Join('\n', objects))), found),
        ];
        var submissions = new List<string>();
        foreach (var (extension, content, keep) in sources)
        {
            var options = new JobOptions { Keep = ColumnList.Of(keep) };
            submissions.Add(await outside.Client.SubmitAsync(
                await outside.UploadAsync(content, extension, options), cancellationToken: Cancellation));
        }

        var killSwitch = new KillSwitch(writes, carriedOut, to);
        var survivor = JobRig.WithSmallShards(azurite, demo.Encoder);
        await Task.WhenAll(DieAsync(JobRig.WithSmallShards(azurite, demo.Encoder, killSwitch)), survivor.DrainAsync());
        await survivor.DrainAsync(); // what was not acknowledged

        Assert.True(killSwitch.IsKilled);
        foreach (var (submission, source) in submissions.Zip(sources))
        {
            var job = await outside.GetAsync((await outside.Client.WaitForSubmissionAsync(submission, Cancellation)).Job!);
            await CheckAsync(outside, job, source.Extension);
        }
    }

    private static async Task DieAsync(JobRig instance)
    {
        try
        {
            await instance.DrainAsync();
        }
        catch (KilledException)
        {
            // The host, which is the rig, gives its message back.
        }
    }

    private static async Task CheckAsync(JobRig outside, JobStatus job, string extension)
    {
        var isTable = extension is "csv" or "tsv";
        var lines = Lines(isTable);
        Assert.Equal(
            (extension, JobStatus.Succeeded, Rows.Length, Rows.Length - 1L, 1L, Shards, ""),
            (extension, job.State, job.Texts, job.Rows, job.Errors, job.ShardsDone, job.Reason ?? ""));
        Assert.StartsWith(
            $$"""{"line":{{lines[BadRow - 1]}},"id":"k4",""", Assert.Single(await outside.ErrorsAsync(job)), StringComparison.Ordinal);

        var parts = await outside.QueryAsync(job, "select line, id, text, n, price, ok, epoch_us(\"at\"), note from parts");
        Assert.Equal(
            Rows.Select((row, i) => new object?[]
            {
                (long)lines[i], row.Id, row.Text, row.N, row.Price, row.Ok, row.Microseconds, row.Note ?? (isTable ? "" : null),
            }).Where(row => row[2] is not null),
            parts);
        Assert.Equal(
            "BIGINT DOUBLE BOOLEAN TIMESTAMP WITH TIME ZONE VARCHAR",
            Assert.Single(await outside.QueryAsync(
                job,
                "select distinct concat_ws(' ', typeof(n), typeof(price), typeof(ok), typeof(\"at\"), typeof(note)) from parts"))[0]);
    }

    /// <summary>The first line of each row: its number, unless rows of several lines and a header are before it.</summary>
    private static int[] Lines(bool isTable)
    {
        var (lines, next) = (new int[Rows.Length], isTable ? 2 : 1);
        for (var i = 0; i < lines.Length; i++)
        {
            lines[i] = next;
            next += 1 + (isTable ? $"{Rows[i].Text}{Rows[i].Note}".Count(one => one == '\n') : 0);
        }

        return lines;
    }

    private static byte[] Table(char separator)
    {
        var table = new StringBuilder().AppendJoin(separator, "id", "note", "n", "price", "ok", "at", "text").Append("\r\n");
        foreach (var row in Rows)
        {
            var cells = ((object?[])[row.Id, row.Note, row.N, row.Price, row.Ok, row.At, row.Text])
                .Select(cell => Convert.ToString(cell, CultureInfo.InvariantCulture) ?? "");
            table.AppendJoin(separator, cells.Select(
                cell => cell.AsSpan().ContainsAny("\"\r\n,\t") ? $"\"{cell.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : cell))
                .Append("\r\n");
        }

        return Encoding.UTF8.GetBytes(table.ToString());
    }

    private static async Task<byte[]> ParquetAsync(string json)
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder["rows.json"], json, Cancellation);
        await DuckDb.QueryAsync(
            $$"""
            copy (from read_json('{{folder["rows.json"]}}', columns = {id: 'varchar', text: 'varchar', n: 'bigint', price: 'double',
            ok: 'boolean', "at": 'timestamptz', note: 'varchar'})) to '{{folder["rows.parquet"]}}' (format parquet, codec 'zstd')
            """,
            Cancellation);
        return await File.ReadAllBytesAsync(folder["rows.parquet"], Cancellation);
    }

    private sealed record Row(string Id, string? Text, long? N, double? Price, bool? Ok, string? At, string? Note)
    {
        [System.Text.Json.Serialization.JsonIgnore]
        public long? Microseconds => At is null
            ? null
            : (DateTime.Parse(At, CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal) - DateTime.UnixEpoch).Ticks / 10;
    }
}
