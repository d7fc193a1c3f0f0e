using System.Text;
using SimCse.Jobs.Clients;
using SimCse.Jobs.Sources;
using SimCse.Jobs.State;
using SimCse.Testing;
using ZstdSharp;

namespace SimCse.Jobs.Tests;

/// <summary>Every format of sources, over several shards, and what becomes of bad input in it.</summary>
[Collection(nameof(JobRig))]
public sealed class FormatTests(AzuriteFixture azurite, DemoBundle demo)
{
    private static readonly JobOptions Body = new() { TextColumn = "本文", IdColumn = "番号" };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("utf-8", "csv", ',')]
    [InlineData("shift_jis", "csv", ';')]
    [InlineData("euc-jp", "tsv", '\t')]
    [InlineData("utf-16", "csv", '\t')]
    public async Task Tables_of_several_shards_plain_and_compressed(string charset, string kind, char separator)
    {
        await JobRig.StartAsync(azurite, demo.Encoder);
        var rig = JobRig.WithSmallShards(azurite, demo.Encoder);
        var encoding = CodePagesEncodingProvider.Instance.GetEncoding(charset) ?? Encoding.GetEncoding(charset);
        var table = "番号,題,本文\r\na,表,\"一行\n二行\"\r\nb,\",\"\"表\"\",\",猫\r\n\r\nc,表\",犬\r\n,能,ソ\r\ne,,\"。\"\r\n".Replace(',', separator);
        byte[] bytes = [.. encoding.GetPreamble(), .. encoding.GetBytes(table)];

        foreach (var (content, extension) in ((byte[], string)[])[(bytes, kind), (Zstd(bytes), kind + ".zst")])
        {
            var job = await rig.RunAsync(await rig.UploadAsync(content, extension), Body);

            Assert.Equal((JobStatus.Succeeded, 5, 3, 0, ""), (job.State, job.Texts, job.Shards, job.Errors, job.Reason ?? ""));
            Assert.Equal(["2:a:一行\n二行", "4:b:猫", "6:c:犬", "7:7:ソ", "8:e:。"], await rig.RowsAsync(job));
        }
    }

    [Fact]
    public async Task Bad_records_of_a_table_are_error_rows_with_line_and_reason()
    {
        var rig = await JobRig.StartAsync(azurite, demo.Encoder);
        var job = await rig.RunAsync(await rig.UploadAsync(
            [.. "id,text\n1,猫\n2,犬,余分\n3\n4,\n5,\"閉じない\n6,鳥\n7,"u8, 0xE3, 0x81, .. "\n8,\"x\" y\n9, \u3000\n10,魚"u8], "csv"));

        Assert.Equal((JobStatus.Succeeded, 10L, 3L, 7L), (job.State, job.Texts, job.Rows, job.Errors));
        Assert.Equal(["2:1:猫", "7:6:鳥", "11:10:魚"], await rig.RowsAsync(job));
        Assert.Collection(
            await rig.ErrorsAsync(job),
            row => Assert.Equal("""{"line":3,"id":"3","reason":"The record has 3 fields; the header has 2 fields."}""", row),
            row => Assert.Contains("has 1 field; the header has 2", row, StringComparison.Ordinal),
            row => Assert.Equal("""{"line":5,"id":"4","reason":"The text is empty."}""", row),
            row => Assert.StartsWith("""{"line":6,"id":"6","reason":"A quotation mark begins a field""", row, StringComparison.Ordinal),
            row => Assert.StartsWith("""{"line":8,"id":"7","reason":"Byte 1 of field 2 (0xE381)""", row, StringComparison.Ordinal),
            row => Assert.StartsWith("""{"line":9,"id":"9","reason":"A quotation mark""", row, StringComparison.Ordinal),
            row => Assert.StartsWith("""{"line":10,"id":"9",""", row, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Marks_that_do_not_fit_are_characters_of_a_tsv()
    {
        var rig = await JobRig.StartAsync(azurite, demo.Encoder);
        var job = await rig.RunAsync(await rig.UploadAsync("id\ttext\n1\t\"猫\" と言った\n2\t\"犬\n3\t\"鳥\"\n", "tsv"));
        Assert.Equal(["2:1:\"猫\" と言った", "3:2:\"犬", "4:3:鳥"], await rig.RowsAsync(job));
    }

    [Theory]
    [InlineData("番号,本文\n1,猫\n", "csv", "The header has no column 'text'; it has '番号', '本文'. Name the column that holds the texts")]
    [InlineData("text,text\na,b\n", "csv", "The header has the column 'text' 2 times (columns 1, 2)")]
    [InlineData("id,text\n", "csv", "The source holds a header and no text")]
    [InlineData("", "tsv", "The source is empty")]
    [InlineData("a,\"b\nc,d\n", "csv", "The first record should hold the names of the columns, but a quotation mark")]
    [InlineData("PK\u0003\u0004 an office file", "csv", "is named .csv, but it is a zip archive")]
    [InlineData("猫\n", "txt.zst", "is named .zst, but it is no zstd")]
    [InlineData("猫\n", "txt.gz", "is named .gz, but it is no gzip")]
    [InlineData("x\u009c", "jsonl.gz", "is named .gz, but it is no gzip")]
    public async Task What_is_no_such_file_fails_when_it_is_planned(string content, string extension, string reason)
    {
        var rig = await JobRig.StartAsync(azurite, demo.Encoder);
        var job = await rig.RunAsync(await rig.UploadAsync(content, extension));
        Assert.Equal(JobStatus.Failed, job.State);
        Assert.Contains(reason, job.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Wanted_columns_have_to_be_there_and_only_they_have_to_be_unique()
    {
        var rig = await JobRig.StartAsync(azurite, demo.Encoder);
        var source = await rig.UploadAsync("ID,Text,x,x\n7,猫,,\n", "csv");

        Assert.Equal(["2:7:猫"], await rig.RowsAsync(await rig.RunAsync(source)));
        Assert.Equal(
            "The header has no column '本文', which the option textColumn names; it has 'ID', 'Text', 'x', 'x'.",
            (await rig.RunAsync(source, Body)).Reason);
        Assert.Contains(
            "no column 'y', which the option keep names", (await rig.RunAsync(source, Keep("y"))).Reason, StringComparison.Ordinal);
        Assert.Contains("'x' 2 times", (await rig.RunAsync(source, Keep("x"))).Reason, StringComparison.Ordinal);
        Assert.Contains("'tokens' cannot be kept", (await rig.RunAsync(source, Keep("tokens"))).Reason, StringComparison.Ordinal);
        Assert.Contains(
            "it has no columns", (await rig.RunAsync(await rig.UploadAsync("猫\n"), Keep("x"))).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_zstd_file_of_several_frames_is_read_to_its_end_and_one_that_is_cut_off_fails()
    {
        var rig = await JobRig.StartAsync(azurite, demo.Encoder);
        byte[] whole = [.. Zstd("一つ\n二"u8.ToArray()), .. Zstd("つ\n三つ\n"u8.ToArray())];
        var job = await rig.RunAsync(await rig.UploadAsync(whole, "txt.zst"));
        Assert.Equal(["1:1:一つ", "2:2:二つ", "3:3:三つ"], await rig.RowsAsync(job));

        foreach (var broken in (byte[][])[whole[..^1], [.. whole, 1, 2, 3], whole[..10]])
        {
            var failed = await rig.RunAsync(await rig.UploadAsync(broken, "txt.zst"));
            Assert.Equal(JobStatus.Failed, failed.State);
            Assert.Contains("is not a whole zstd file: ", failed.Reason, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Values_of_kept_columns_come_with_their_types()
    {
        const string Table = "text,n,名,when,ok\n猫,7,\"た,ま\",2026-11-27T21:00:00+09:00,true\n犬,,,,\n鳥,x,,,\n魚,1,,27/11/2026,\n";
        var columns = SourceColumns.Create(null, null, ["n:int64", "名", "when:timestamp", "ok:boolean"]);

        var (file, records) = await ReadAsync(Table, SourceKind.Csv, columns);

        Assert.Equal(["n:Int64", "名:String", "when:Timestamp", "ok:Boolean"], file.Kept!.Select(column => $"{column.Name}:{column.Type}"));
        Assert.Equal([7L, "た,ま", new DateTime(2026, 11, 27, 12, 0, 0, DateTimeKind.Utc), true], records[0].Kept!);
        Assert.Equal([null, "", null, null], records[1].Kept!);
        Assert.Equal("The column 'n' holds 'x'; expected an integer of 64 bits.", records[2].Error);
        Assert.StartsWith("The column 'when' holds '27/11/2026'; expected a time like 2026-", records[3].Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1", "9007199254740993", "Int64", 1L)]
    [InlineData("1", "2.5", "Double", 1.0)]
    [InlineData("9007199254740993", "0.5", "String", "9007199254740993")]
    [InlineData("18446744073709551616", "null", "String", "18446744073709551616")]
    [InlineData("true", "false", "Boolean", true)]
    [InlineData("true", "1", "String", "true")]
    [InlineData("\"a\"", "{\"b\": [1]}", "String", "a")]
    [InlineData("null", "null", "String", null)]
    public async Task Types_of_properties_are_found_from_all_their_values(string first, string second, string type, object? value)
    {
        var lines = $"{{\"text\":\"猫\",\"v\":{first}}}\n{{\"text\":\"犬\"}}\nbad\n{{\"text\":\"鳥\",\"v\":{second}}}\n";
        var (file, records) = await ReadAsync(lines, SourceKind.Jsonl, SourceColumns.Create(null, null, ["v"]));

        Assert.Equal(type, Assert.Single(file.Kept!).Type.ToString());
        Assert.Equal([value], records[0].Kept!);
        Assert.Equal([null], records[1].Kept!);
        Assert.NotNull(records[2].Error);
        Assert.Null(records[3].Error);
    }

    [Fact]
    public async Task Properties_have_the_names_that_options_give_them()
    {
        var (_, records) = await ReadAsync(
            "{\"本文\":\"猫\",\"番号\":5,\"n\":\"12\"}\n{\"text\":\"犬\"}\n{\"本文\":\"鳥\",\"n\":\"x\"}\n", SourceKind.Jsonl,
            SourceColumns.Create("本文", "番号", ["n:int64"]));

        Assert.Equal(("5", "猫", 12L), (records[0].Id, records[0].Text, records[0].Kept![0]));
        Assert.Contains("has no property \"本文\"; it has \"text\"", records[1].Error, StringComparison.Ordinal);
        Assert.Contains("'n' holds 'x'; expected an integer", records[2].Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_prefix_has_options_below_those_of_the_source_and_all_who_plan_it_find_the_same_job()
    {
        var prefix = $"{Guid.NewGuid():N}/";
        var rig = await JobRig.StartAsync(
            azurite, demo.Encoder, new JobOptions { Normalize = true },
            prefixes: $$$"""{"{{{prefix}}}": {"textColumn": "a"}, "{{{prefix}}}b/": {"textColumn": "b"}, "": {"dimensions": 3}}""");
        var table = "a,b,c\n猫,犬,鳥\n"u8.ToArray();
        await rig.UploadAsync($"{prefix}x.csv", table);
        await rig.UploadAsync($"{prefix}b/x.csv", table);
        await rig.UploadAsync($"{prefix}b/own.csv", table, new JobOptions { TextColumn = "c" });

        var job = await rig.RunAsync($"{prefix}x.csv");
        Assert.Equal("", job.Reason ?? "");
        Assert.Equal(["2:2:猫"], await rig.RowsAsync(job));
        Assert.Equal((true, null), (job.Options!.Normalize, job.Options.Dimensions));
        Assert.Equal(["2:2:犬"], await rig.RowsAsync(await rig.RunAsync($"{prefix}b/x.csv")));
        Assert.Equal(["2:2:鳥"], await rig.RowsAsync(await rig.RunAsync($"{prefix}b/own.csv")));

        var resolver = rig.Get<JobResolver>();
        var fingerprint = demo.Encoder.Bundle.Model.Fingerprint;
        await foreach (var blob in rig.Storage.Texts.GetBlobsAsync(
            new() { Prefix = $"{prefix}x", Traits = Azure.Storage.Blobs.Models.BlobTraits.Metadata }, Cancellation))
        {
            Assert.Equal(job.Job, resolver.Identify(blob, fingerprint).Job); // as Reconcile does
        }

        var (byEvent, _) = await resolver.IdentifyAsync(
            new PlanJobMessage { Source = job.Source, IsEvent = true }, fingerprint, Cancellation);
        Assert.Equal(job.Job, byEvent.Job);
    }

    [Theory]
    [InlineData("[]", "It is an array; expected an object")]
    [InlineData("{", "It is not JSON")]
    [InlineData("""{"a/": 5}""", "Prefix 'a/': \"options\" is a number")]
    [InlineData("""{"a/": {}, "a/": {}}""", "The prefix 'a/' stands there twice")]
    [InlineData("""{"a/": {"keep": ["tokens"]}}""", "Prefix 'a/': The column 'tokens' cannot be kept")]
    public void Options_for_prefixes_that_cannot_be_read_say_why(string json, string reason) => Assert.Contains(
        reason, Assert.Throws<FormatException>(() => new DefaultOptions(new JobOptions(), json)).Message, StringComparison.Ordinal);

    internal static byte[] Zstd(byte[] bytes)
    {
        using var compressor = new Compressor();
        return compressor.Wrap(bytes).ToArray();
    }

    private static JobOptions Keep(params string[] names) => new() { Keep = ColumnList.Of(names) };

    private static async Task<(SourceFile File, List<SourceRecord> Records)> ReadAsync(
        string content, SourceKind kind, SourceColumns columns)
    {
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(content));
        var file = await SourceFile.OpenAsync(stream, "source", new SourceFormat(kind), columns, cancellationToken: Cancellation);
        var records = new List<SourceRecord>();
        await foreach (var record in file.ReadAsync(Cancellation))
        {
            records.Add(record);
        }

        return (file, records);
    }
}
