using System.Text;
using Microsoft.Extensions.Time.Testing;
using SimCse.Jobs.Clients;
using SimCse.Jobs.State;
using SimCse.Jobs.Storage;
using SimCse.Jobs.Upkeep;
using SimCse.Testing;

namespace SimCse.Jobs.Tests;

/// <summary>Which results are current: said by one listing, and forgotten when their source is deleted.</summary>
[Collection(nameof(JobRig))]
public sealed class CurrentSourcesTests(AzuriteFixture azurite, DemoBundle demo)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task One_request_says_what_is_current_below_a_prefix_and_since_when()
    {
        var requests = new RequestLog();
        var rig = await JobRig.StartAsync(azurite, demo.Encoder, policy: requests);
        var prefix = $"{Guid.NewGuid():N}/";
        foreach (var name in (string[])["a.txt", "a.txt.jsonl", "日本語/b.txt"])
        {
            await RunAsync(rig, prefix + name, name.EndsWith('l') ? "{\"text\": \"猫\"}\n" : "猫\n");
        }

        var newest = await RunAsync(rig, $"{prefix}a.txt", "猫\n犬\n");
        requests.Requests.Clear();
        var all = await rig.Client.ListCurrentAsync(prefix, cancellationToken: Cancellation);

        Assert.Single(requests.Requests);
        Assert.Equal([$"{prefix}a.txt", $"{prefix}a.txt.jsonl", $"{prefix}日本語/b.txt"], all.Select(current => current.Source));
        Assert.Equal((newest.Job, 2L, StorageNames.Output(newest.Source, newest.Job)), (all[0].Job, all[0].Texts, all[0].Path));
        Assert.Equal(newest.Source, Assert.Single(await rig.Client.ListCurrentAsync(newest.Source, null, Cancellation)).Source);
        Assert.Empty(await rig.Client.ListCurrentAsync(prefix, all.Max(current => current.ChangedOn), Cancellation));
        Assert.Equal(3, (await rig.Client.ListCurrentAsync(prefix, all[0].ChangedOn.AddHours(-1), Cancellation)).Count);
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, false)]
    [InlineData(true, true)]
    [InlineData(false, true)]
    public async Task A_deleted_source_is_forgotten_by_its_event_or_by_Reconcile_unless_a_setting_keeps_it(bool byEvent, bool keeps)
    {
        var rig = await JobRig.StartAsync(
            azurite, demo.Encoder, time: new FakeTimeProvider(DateTimeOffset.UtcNow.AddMinutes(2)),
            settings: new AppSettings(KeepDeletedSources: keeps));
        await rig.EmptyAsync(); // a run of Reconcile looks at a page of jobs, which those of other tests would fill
        var job = await rig.RunAsync(await rig.UploadAsync("猫\n"));
        var deleted = DeliveryTests.Event(job.Source).Replace("BlobCreated", "BlobDeleted", StringComparison.Ordinal);

        await rig.PlanJob.RunAsync(deleted, Cancellation); // it comes late: the source is there again
        Assert.Single(await rig.Client.ListCurrentAsync(job.Source, null, Cancellation));

        await rig.Storage.Texts.DeleteBlobAsync(job.Source, cancellationToken: Cancellation);
        await (byEvent ? rig.PlanJob.RunAsync(deleted, Cancellation) : rig.Get<Reconcile>().RunAsync(Cancellation));

        Assert.Equal(keeps ? 1 : 0, (await rig.Client.ListCurrentAsync(job.Source, null, Cancellation)).Count);
        Assert.Contains(
            StorageNames.Part(job.Source, job.Job, 0), await JobRig.ListAsync(rig.Storage.Embeddings, job.Source));
        Assert.Equal(JobStatus.Succeeded, (await rig.GetAsync(job.Job)).State);

        await RunAsync(rig, job.Source, "猫\n犬\n");
        Assert.Equal(2, Assert.Single(await rig.Client.ListCurrentAsync(job.Source, null, Cancellation)).Texts);
    }

    /// <summary>pandas, pyarrow, Polars and Spark read a folder with all below it, but for names that begin so.</summary>
    [Fact]
    public async Task Whatever_is_no_part_lies_below_a_name_that_begins_with_an_underscore()
    {
        var rig = await JobRig.StartAsync(azurite, demo.Encoder);
        var job = await RunAsync(rig, $"{Guid.NewGuid():N}.jsonl", "{\"text\": \"猫\"}\nno JSON\n");

        var names = await JobRig.ListAsync(rig.Storage.Embeddings, job.Source);

        Assert.Equal((1L, 1L, 4), (job.Rows, job.Errors, names.Count));
        Assert.All(names, name => Assert.True(
            name.EndsWith(".parquet", StringComparison.Ordinal) != name.Split('/').Any(part => part.StartsWith('_')), name));
    }

    private static async Task<JobStatus> RunAsync(JobRig rig, string source, string content)
    {
        await rig.UploadAsync(source, Encoding.UTF8.GetBytes(content));
        return await rig.RunAsync(source);
    }
}
