using Azure.Storage.Blobs.Models;
using Microsoft.Extensions.Time.Testing;
using SimCse.Jobs.Clients;
using SimCse.Jobs.State;
using SimCse.Jobs.Upkeep;
using SimCse.Testing;

namespace SimCse.Jobs.Tests;

/// <summary>What lies in <c>texts</c> and is no text is ignored and counted, by events and by Reconcile alike.</summary>
[Collection(nameof(JobRig))]
public sealed class ForeignFileTests(AzuriteFixture azurite, DemoBundle demo)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Foreign_files_become_no_jobs_and_are_counted()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow.AddMinutes(5));
        var rig = await JobRig.StartAsync(azurite, demo.Encoder, time: time, settings: new AppSettings(Exclude: ".*;drafts"));
        await rig.EmptyAsync();
        foreach (var name in (string[])[".DS_Store", "readme.md", "drafts/a.txt", "b.txt"])
        {
            await rig.Storage.Texts.GetBlobClient(name).UploadAsync(BinaryData.FromString("猫\n"), Cancellation);
            await rig.PlanJob.RunAsync(Event(name), Cancellation);
        }

        await rig.Get<Reconcile>().RunAsync(Cancellation);
        await rig.DrainAsync();

        Assert.Equal("b.txt", Assert.Single(await rig.Client.ListAsync(Cancellation)).Source);
        var ignored = (await rig.Client.GetIgnoredAsync(Cancellation))!;
        Assert.Equal(3, ignored.Count);
        Assert.Equal([".DS_Store", "drafts/a.txt", "readme.md"], ignored.Names);
        Assert.Equal(".*;drafts", (await rig.Client.GetSettingsAsync(Cancellation)).Exclude);
        var (names, _, others) = await rig.Client.ListSourcesAsync(Cancellation);
        Assert.Equal(3, others);
        Assert.Equal(["b.txt"], names);

        // Who asks for one by its name gets it, and other patterns admit it later.
        Assert.Equal(JobStatus.Succeeded, (await rig.RunAsync("drafts/a.txt")).State);
        await rig.UploadAsync("drafts/c.txt", "犬\n"u8.ToArray());
        await rig.Get<Reconcile>().RunAsync(Cancellation);
        var lenient = await JobRig.StartAsync(azurite, demo.Encoder, time: time, settings: new AppSettings());
        await lenient.Get<Reconcile>().RunAsync(Cancellation);
        await lenient.DrainAsync();
        Assert.Contains("drafts/c.txt", (await rig.Client.ListAsync(Cancellation)).Select(job => job.Source));
    }

    [Fact]
    public async Task A_foreign_file_that_is_asked_for_fails_with_the_reason()
    {
        var rig = await JobRig.StartAsync(azurite, demo.Encoder);
        await rig.Storage.Texts.GetBlobClient("readme.md").UploadAsync(BinaryData.FromString("x"), new BlobUploadOptions(), Cancellation);
        Assert.Contains("expected a name that ends in .txt", (await rig.RunAsync("readme.md")).Reason, StringComparison.Ordinal);
    }

    private static string Event(string source) => $$$"""
        {
          "eventType": "Microsoft.Storage.BlobCreated", "data": {"eTag": "0x1"},
          "subject": "/blobServices/default/containers/texts/blobs/{{{source}}}"
        }
        """;
}
