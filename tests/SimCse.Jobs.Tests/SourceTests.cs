using System.IO.Compression;
using System.Text.Json.Nodes;
using SimCse.Jobs.Clients;
using SimCse.Jobs.State;
using SimCse.Jobs.Storage;
using SimCse.Testing;

namespace SimCse.Jobs.Tests;

/// <summary>Every form a source may have gives the same rows.</summary>
[Collection(nameof(JobRig))]
public sealed class SourceTests(AzuriteFixture azurite, DemoBundle demo)
{
    private const string Text = "吾輩は猫である。\n\n名前はまだ無い。\n \t\nどこで生れたか頓と見当がつかぬ。\n";

    private static readonly string[] Rows = ["1:1:吾輩は猫である。", "3:3:名前はまだ無い。", "5:5:どこで生れたか頓と見当がつかぬ。"];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    static SourceTests() => System.Text.Encoding.RegisterProvider(System.Text.CodePagesEncodingProvider.Instance);

    [Theory]
    [InlineData("utf-8", false)]
    [InlineData("utf-8", true)]
    [InlineData("shift_jis", false)]
    [InlineData("euc-jp", false)]
    [InlineData("utf-16", true)]
    [InlineData("utf-16BE", true)]
    [InlineData("utf-16", false)]
    [InlineData("utf-16BE", false)]
    [InlineData("iso-2022-jp", false)]
    public async Task Any_charset_plain_or_compressed(string charset, bool mark)
    {
        var rig = await JobRig.StartAsync(azurite, demo.Encoder);
        var encoding = System.Text.Encoding.GetEncoding(charset);
        byte[] bytes = [.. mark ? encoding.GetPreamble() : [], .. encoding.GetBytes(Text)];

        var plain = await rig.RunAsync(await rig.UploadAsync(bytes));
        var compressed = await rig.RunAsync(await rig.UploadAsync(Gzip(bytes), "txt.gz"));

        foreach (var job in (JobStatus[])[plain, compressed])
        {
            Assert.Equal((JobStatus.Succeeded, 3, 2, 0), (job.State, job.Texts, job.Blank, job.Errors));
            Assert.Equal(Rows, await rig.RowsAsync(job));
            Assert.DoesNotContain($"{job.Job}/text", await JobRig.ListAsync(rig.Storage.Jobs, job.Job));
        }
    }

    [Theory]
    [InlineData("吾輩は猫である。\r\n\r\n名前はまだ無い。\r\n \t\r\nどこで生れたか頓と見当がつかぬ。\r\n")]
    [InlineData("吾輩は猫である。\n\n名前はまだ無い。\n \t\nどこで生れたか頓と見当がつかぬ。")]
    [InlineData("吾輩は猫である。\r\n\n名前はまだ無い。\n \t\r\nどこで生れたか頓と見当がつかぬ。\n\n\n")]
    public async Task Any_line_ends_and_no_final_one(string text)
    {
        var rig = await JobRig.StartAsync(azurite, demo.Encoder);
        Assert.Equal(Rows, await rig.RowsAsync(await rig.RunAsync(await rig.UploadAsync(text))));
    }

    [Theory]
    [InlineData("jsonl")]
    [InlineData("jsonl.gz")]
    public async Task JSON_lines_with_their_own_ids(string extension)
    {
        var rig = await JobRig.StartAsync(azurite, demo.Encoder);
        var bytes = """
            {"id": "cat", "text": "吾輩は猫である。", "author": {"name": "漱石", "text": "no"}}
            {"id": 7, "text": ""}

            {"text": "名前はまだ無い。"}
            """u8.ToArray();

        var job = await rig.RunAsync(await rig.UploadAsync(extension == "jsonl" ? bytes : Gzip(bytes), extension));

        Assert.Equal((JobStatus.Succeeded, 2L, 1L, 1L), (job.State, job.Rows, job.Errors, job.Blank));
        Assert.Equal(["1:cat:吾輩は猫である。", "4:4:名前はまだ無い。"], await rig.RowsAsync(job));
        Assert.Equal("""{"line":2,"id":"7","reason":"The text is empty."}""", Assert.Single(await rig.ErrorsAsync(job)));
    }

    [Fact]
    public async Task A_gzip_file_of_several_members_is_read_to_its_end()
    {
        var rig = await JobRig.StartAsync(azurite, demo.Encoder);
        var job = await rig.RunAsync(await rig.UploadAsync([.. Gzip("一つ\n二"u8.ToArray()), .. Gzip("つ\n三つ\n"u8.ToArray())], "txt.gz"));
        Assert.Equal(["1:1:一つ", "2:2:二つ", "3:3:三つ"], await rig.RowsAsync(job));
    }

    [Fact]
    public async Task Sources_of_many_shards_keep_line_numbers_and_texts()
    {
        await JobRig.StartAsync(azurite, demo.Encoder);
        var rig = JobRig.WithSmallShards(azurite, demo.Encoder);
        var lines = Enumerable.Range(1, 31).Select(line => line % 4 == 0 ? "" : $"第{line}文").ToList();
        var bytes = System.Text.Encoding.GetEncoding("euc-jp").GetBytes(string.Join("\r\n", lines));

        foreach (
            var job in (JobStatus[])
                [await rig.RunAsync(await rig.UploadAsync(bytes)), await rig.RunAsync(await rig.UploadAsync(Gzip(bytes), "txt.gz"))])
        {
            Assert.Equal((JobStatus.Succeeded, 12, 12), (job.State, job.Shards, job.ShardsDone));
            Assert.Equal(
                lines.Index().Where(line => line.Item.Length > 0).Select(line => $"{line.Index + 1}:{line.Index + 1}:{line.Item}"),
                await rig.RowsAsync(job));
        }
    }

    [Theory]
    [InlineData("utf-8", "　")]
    [InlineData("shift_jis", "　")]
    [InlineData("euc-jp", "　")]
    [InlineData("utf-16", "\u200B")]
    [InlineData("iso-2022-jp", "　")]
    public async Task Shards_and_planner_agree_on_what_is_blank_and_where_lines_end(string charset, string blank)
    {
        await JobRig.StartAsync(azurite, demo.Encoder);
        var rig = JobRig.WithSmallShards(azurite, demo.Encoder);
        var lines = Enumerable.Range(1, 17).Select(line => line is 1 or > 3 and < 9 or 17 ? blank : $"第{line}文です").ToList();
        var bytes = System.Text.Encoding.GetEncoding(charset).GetBytes(string.Join('\r', lines));

        var job = await rig.RunAsync(await rig.UploadAsync(bytes));

        var texts = lines.Index().Where(line => line.Item != blank)
            .Select(line => $"{line.Index + 1}:{line.Index + 1}:{line.Item}").ToList();
        Assert.Equal((JobStatus.Succeeded, 6, (long)texts.Count, 7L), (job.State, job.Shards, job.Rows, job.Blank));
        Assert.Equal(texts, await rig.RowsAsync(job));
    }

    [Fact]
    public async Task An_encoding_is_taken_from_the_options_and_not_found()
    {
        var rig = await JobRig.StartAsync(azurite, demo.Encoder);
        var source = await rig.UploadAsync([0xC7, 0xAD, (byte)'\n']); // valid UTF-8 as well
        var job = await rig.RunAsync(source, new JobOptions { Encoding = "euc-jp" });
        Assert.Equal(["1:1:猫"], await rig.RowsAsync(job));

        var marked = await rig.RunAsync(await rig.UploadAsync("\uFEFF猫\n"), new JobOptions { Encoding = "shift_jis" });
        Assert.Contains("byte-order mark of utf-8, but its encoding is said to be shift_jis", marked.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_manifest_of_an_earlier_release_counts_lines_as_it_did()
    {
        var rig = await JobRig.StartAsync(azurite, demo.Encoder);
        var job = await rig.PlanAsync(await rig.UploadAsync("一つ\n　\n \n二つ\r三つ\n"));
        var blob = rig.Storage.Jobs.GetBlobClient(StorageNames.Manifest(job));
        var manifest = JsonNode.Parse((await blob.DownloadContentAsync(Cancellation)).Value.Content)!.AsObject();
        Assert.Equal(("lf", 2), (manifest["lineEnd"]!.GetValue<string>(), manifest["texts"]!.GetValue<int>()));
        manifest.Remove("lineEnd");
        manifest["texts"] = 3;
        manifest["shards"]![0]![4] = 3;
        await blob.UploadAsync(BinaryData.FromString(manifest.ToJsonString()), overwrite: true, Cancellation);

        var other = JobRig.WithSmallShards(azurite, demo.Encoder); // has not read the manifest before
        await other.DrainAsync();

        Assert.Equal(["1:1:一つ", "2:2:　", "4:4:二つ\r三つ"], await other.RowsAsync(await other.GetAsync(job)));
    }

    [Fact]
    public async Task Names_with_folders_blanks_and_Japanese_work()
    {
        var rig = await JobRig.StartAsync(azurite, demo.Encoder);
        var source = $"{Guid.NewGuid():N}/新聞 2026%20#1/記事+?.TXT";
        await rig.UploadAsync(source, "猫\n"u8.ToArray());

        var job = await rig.RunAsync(source);

        Assert.Equal((JobStatus.Succeeded, $"{source}/{job.Job}/"), (job.State, job.Output));
        Assert.Contains(StorageNames.Success(source, job.Job), await JobRig.ListAsync(rig.Storage.Embeddings, source));
    }

    internal static byte[] Gzip(byte[] bytes)
    {
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest))
        {
            gzip.Write(bytes);
        }

        return compressed.ToArray();
    }
}
