using SimCse.Jobs.Clients;
using SimCse.Jobs.Storage;
using SimCse.Jobs.Upkeep;
using SimCse.Testing;

namespace SimCse.Jobs.Tests;

[Collection(nameof(JobRig))]
public sealed class CompactionTests(AzuriteFixture azurite, DemoBundle demo)
{
    private static readonly byte[] Content = [.. "一\n二\n三\n"u8, 0xFF, .. "\n五\n六\n七\n"u8, 0xFE, .. "\n九\n"u8];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Parts_and_error_files_become_one_and_everything_goes_on_with_them()
    {
        var (rig, before) = await CompleteAsync();
        var (rows, errors) = (await rig.RowsAsync(before), await rig.ErrorsAsync(before));
        Assert.True(before.Shards > 3);

        var compacted = await rig.Client.CompactAsync(before.Job, cancellationToken: Cancellation);

        Assert.Equal((before.Shards, 1), (compacted.Before, compacted.After));
        var job = await rig.GetAsync(before.Job);
        Assert.Equal(
            (JobStatus.Succeeded, before.Rows, before.Errors, before.Shards), (job.State, job.Rows, job.Errors, job.ShardsDone));
        Assert.Equal(rows, await rig.RowsAsync(job));
        Assert.Equal(errors, await rig.ErrorsAsync(job));
        Assert.Equal(before.FirstErrors![0], job.FirstErrors![0]);
        var files = await JobRig.ListAsync(rig.Storage.Embeddings, job.Output!);
        Assert.Equal(3, files.Count); // one part, one error file, _SUCCESS
        Assert.Contains(job.ErrorFile, files);
        await AssertRightAsync(rig, job.Job);

        // Again there is nothing to do; a late message, and Reconcile, change nothing.
        Assert.Equal(1, (await rig.Client.CompactAsync(job.Job, cancellationToken: Cancellation)).Before);
        await rig.EncodeShard.RunAsync($$"""{"job":"{{job.Job}}","shard":1}""", null, Cancellation);
        await rig.Get<Reconcile>().RunAsync(Cancellation);
        Assert.Equal(files, await JobRig.ListAsync(rig.Storage.Embeddings, job.Output!));
        Assert.Empty((await rig.GetAsync(job.Job)).Failures);

        await rig.Client.DeleteAsync(job.Job, Cancellation);
        Assert.Empty(await JobRig.ListAsync(rig.Storage.Embeddings, job.Source));
    }

    /// <summary>A small size leaves several files, in the order of rows, and a later compaction merges them further.</summary>
    [Fact]
    public async Task The_size_decides_how_many_there_are()
    {
        var (rig, job) = await CompleteAsync();
        var rows = await rig.RowsAsync(job);
        var part = (await rig.Client.TryGetSuccessAsync(job.Source, job.Job, Cancellation))!.Record.Parts.Max(part => part.Bytes);

        var first = await rig.Client.CompactAsync(job.Job, maxBytes: (2 * part) + 1, cancellationToken: Cancellation);
        Assert.Equal((job.Shards + 1) / 2, first.After);
        Assert.Equal(rows, await rig.RowsAsync(job));
        await AssertRightAsync(rig, job.Job);

        Assert.Equal(1, (await rig.Client.CompactAsync(job.Job, cancellationToken: Cancellation)).After);
        Assert.Equal(rows, await rig.RowsAsync(job));
        await AssertRightAsync(rig, job.Job);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Killed_at_any_write_and_repeated_it_ends_right(bool carriedOut)
    {
        var isComplete = false;
        for (var writes = 0; !isComplete; writes++)
        {
            Assert.InRange(writes, 0, 100);
            var (outside, job) = await CompleteAsync();
            var rows = await outside.RowsAsync(job);
            var killSwitch = new KillSwitch(writes, carriedOut);
            try
            {
                await JobRig.WithSmallShards(azurite, demo.Encoder, killSwitch).Client.CompactAsync(
                    job.Job, cancellationToken: Cancellation);
            }
            catch (Exception e) when (killSwitch.IsKilled && e is not OperationCanceledException)
            {
            }

            isComplete = !killSwitch.IsKilled;

            // _SUCCESS lists parts that are there, all of them and each once, whenever it is read.
            var success = (await outside.Client.TryGetSuccessAsync(job.Source, job.Job, Cancellation))!.Record;
            var there = await JobRig.ListAsync(outside.Storage.Embeddings, job.Output!);
            Assert.All(success.Parts, part => Assert.Contains(part.Name, there));
            Assert.Equal(job.Rows, success.Parts.Sum(part => part.Rows));

            await outside.Client.CompactAsync(job.Job, cancellationToken: Cancellation);
            Assert.Equal(rows, await outside.RowsAsync(job));
            await AssertRightAsync(outside, job.Job);
        }
    }

    /// <summary>Whoever begins last wins; the other one changes nothing, and leaves nothing.</summary>
    [Fact]
    public async Task Of_two_compactions_at_once_one_counts()
    {
        var (rig, job) = await CompleteAsync();
        var rows = await rig.RowsAsync(job);

        var both = await Task.WhenAll(Enumerable.Range(0, 2).Select(async _ =>
        {
            try
            {
                return (await rig.Client.CompactAsync(job.Job, cancellationToken: Cancellation)).After;
            }
            catch (PermanentJobException)
            {
                return 0;
            }
        }));

        Assert.Contains(1, both);
        Assert.Equal(rows, await rig.RowsAsync(job));
        await AssertRightAsync(rig, job.Job);
    }

    [Fact]
    public async Task A_part_that_was_changed_is_not_merged()
    {
        var (rig, job) = await CompleteAsync();
        var name = StorageNames.Part(job.Source, job.Job, 1);
        await rig.Storage.Embeddings.GetBlobClient(name).UploadAsync(BinaryData.FromString("x"), overwrite: true, Cancellation);

        var refusal = await Assert.ThrowsAsync<PermanentJobException>(
            () => rig.Client.CompactAsync(job.Job, cancellationToken: Cancellation));

        Assert.Contains("was changed in storage. Nothing was merged", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(job.Shards, (await rig.Client.TryGetSuccessAsync(job.Source, job.Job, Cancellation))!.Record.Parts.Count);
    }

    [Fact]
    public async Task What_is_wrong_with_a_job_is_found()
    {
        var (rig, job) = await CompleteAsync();
        await AssertRightAsync(rig, job.Job);
        var parts = Enumerable.Range(0, job.Shards).Select(shard => StorageNames.Part(job.Source, job.Job, shard)).ToList();
        var embeddings = rig.Storage.Embeddings;

        // 1. A part that is gone, one that is damaged, one in the place of another, a stranger, and error rows that are gone.
        var content = (await embeddings.GetBlobClient(parts[1]).DownloadContentAsync(Cancellation)).Value.Content;
        await embeddings.DeleteBlobAsync(parts[0], cancellationToken: Cancellation);
        await embeddings.GetBlobClient(parts[2]).UploadAsync(content, overwrite: true, Cancellation);
        await embeddings.GetBlobClient(job.Output + "more.parquet").UploadAsync(content, overwrite: true, Cancellation);
        await embeddings.GetBlobClient(parts[1]).UploadAsync(
            BinaryData.FromBytes(content.ToArray()[..^20]), overwrite: true, Cancellation);
        await embeddings.DeleteBlobAsync(job.ErrorFile, cancellationToken: Cancellation);

        var found = await rig.Client.VerifyAsync(job.Job, cancellationToken: Cancellation);

        string[] problems =
        [
            "part-00000.parquet: it is missing", "part-00001.parquet: it has", "part-00001.parquet: it cannot be read",
            "part-00002.parquet: ", "more.parquet: _SUCCESS does not list it", "_errors/part-0000", "_SUCCESS: it counts 9 texts",
        ];
        Assert.All(problems, problem => Assert.Contains(found.Problems, said => said.StartsWith(problem, StringComparison.Ordinal)));
    }

    private static async Task AssertRightAsync(JobRig rig, string job)
    {
        var found = await rig.Client.VerifyAsync(job, cancellationToken: Cancellation);
        Assert.Empty(found.Problems);
        Assert.Equal((9L, 7L, 2L), (found.Texts, found.Rows, found.Errors));
    }

    private async Task<(JobRig Rig, JobStatus Job)> CompleteAsync()
    {
        var rig = JobRig.WithSmallShards(azurite, demo.Encoder);
        await rig.Storage.EnsureCreatedAsync(Cancellation);
        return (rig, await rig.RunAsync(await rig.UploadAsync(Content)));
    }
}
