using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Azure.Storage.Blobs.Specialized;
using SimCse.Jobs.Clients;
using SimCse.Jobs.Parts;
using SimCse.Testing;

namespace SimCse.Jobs.Tests;

/// <summary>Shards that are larger than a row group are read, encoded and written a slice at a time.</summary>
[Collection(nameof(JobRig))]
public sealed class ShardSliceTests(AzuriteFixture azurite, DemoBundle demo)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_part_has_a_row_group_for_each_slice_of_its_shard()
    {
        var rig = await StartAsync();
        var job = await rig.RunAsync(await rig.UploadAsync("一\n\n二\n三\n\n四\n五\n"));

        Assert.Equal((JobStatus.Succeeded, 1, 5L), (job.State, job.ShardsDone, job.Rows));
        Assert.Equal(["1:1:一", "3:3:二", "4:4:三", "6:6:四", "7:7:五"], await rig.RowsAsync(job));
        var (_, content) = await ReadPartAsync(rig, job);
        await using var reader = await PartReader.OpenAsync(new MemoryStream(content), "part", Cancellation);
        Assert.Equal([2, 2, 1], await reader.ReadAsync(Cancellation).Select(rows => rows.Count).ToListAsync(Cancellation));
    }

    [Fact]
    public async Task Vectors_are_those_of_a_part_with_one_row_group()
    {
        const string Texts = "一つ\n二つ\n三つ\n四つ\n五つ\n";
        var (small, large) = (await StartAsync(), await JobRig.StartAsync(azurite, demo.Encoder));
        var (pieces, whole) = (await small.RunAsync(await small.UploadAsync(Texts)), await large.RunAsync(await large.UploadAsync(Texts)));

        const string Sql = "select line, round(list_sum(embedding), 4), len(embedding) from parts order by line";
        Assert.Equal(await large.QueryAsync(whole, Sql), await small.QueryAsync(pieces, Sql));
    }

    [Fact]
    public async Task Bytes_and_SHA_256_in_SUCCESS_are_those_of_a_part_that_was_sent_in_blocks()
    {
        var rig = await StartAsync();
        var job = await rig.RunAsync(await rig.UploadAsync("一\n二\n三\n四\n五\n"));

        var (name, content) = await ReadPartAsync(rig, job);
        var success = (
            await rig.Storage.Embeddings.GetBlobClient(job.Output + "_SUCCESS").DownloadContentAsync(Cancellation)).Value.Content;
        var part = Assert.Single(JsonSerializer.Deserialize(success, JobsJson.Default.JobSuccess)!.Parts);
        Assert.Equal(
            (name, (long)content.Length, Convert.ToHexStringLower(SHA256.HashData(content))), (part.Name, part.Bytes, part.Sha256));
        var blocks = await new BlockBlobClient(azurite.ConnectionString, "embeddings", name)
            .GetBlockListAsync(cancellationToken: Cancellation);
        Assert.True(blocks.Value.CommittedBlocks.Count() > 1);
    }

    [Fact]
    public async Task Error_rows_of_all_row_groups_are_in_one_file()
    {
        var rig = await StartAsync();
        var job = await rig.RunAsync(await rig.UploadAsync([.. "一\n"u8, 0xFF, .. "\n三\n四\n"u8, 0xFF, .. "\n"u8, 0xFF, .. "\n"u8]));

        Assert.Equal((JobStatus.Succeeded, 3L, 3L), (job.State, job.Rows, job.Errors));
        Assert.Equal(["1:1:一", "3:3:三", "4:4:四"], await rig.RowsAsync(job));
        Assert.Equal(
            [2, 5, 6], (await rig.ErrorsAsync(job)).Select(line => int.Parse(line.Split(':', ',')[1], CultureInfo.InvariantCulture)));
    }

    private async Task<JobRig> StartAsync()
    {
        await JobRig.StartAsync(azurite, demo.Encoder); // empty queues
        return JobRig.WithSmallSlices(azurite, demo.Encoder);
    }

    private static async Task<(string Name, byte[] Content)> ReadPartAsync(JobRig rig, JobStatus job)
    {
        var names = await JobRig.ListAsync(rig.Storage.Embeddings, job.Output!);
        var name = Assert.Single(names, name => name.EndsWith(".parquet", StringComparison.Ordinal));
        return (name, (await rig.Storage.Embeddings.GetBlobClient(name).DownloadContentAsync(Cancellation)).Value.Content.ToArray());
    }
}
