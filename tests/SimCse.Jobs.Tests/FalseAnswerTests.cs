using System.Xml;
using Azure;
using Microsoft.Extensions.Logging;
using SimCse.Jobs.Clients;
using SimCse.Jobs.State;
using SimCse.Jobs.Storage;
using SimCse.Jobs.Upkeep;
using SimCse.Testing;

namespace SimCse.Jobs.Tests;

/// <summary>Answers of storage that look like "exists already", "does not exist" or "no name", and are something else.</summary>
[Collection(nameof(JobRig))]
public sealed class FalseAnswerTests(AzuriteFixture azurite, DemoBundle demo)
{
    private static readonly byte[] OneBadLine = [.. "一\n"u8, 0xFF, .. "\n三\n"u8];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>The codes of Azure's documentation, one of something in between, and one that would be a lie.</summary>
    public static TheoryData<int, string?> NotThere => new()
    {
        { 412, "LeaseIdMissing" },
        { 412, "AppendPositionConditionNotMet" },
        { 409, "SnapshotsPresent" },
        { 409, "BlobBeingRehydrated" },
        { 409, "ContainerBeingDeleted" },
        { 409, "InvalidBlobType" },
        { 409, "BlobImmutableDueToPolicy" },
        { 409, null },
        { 412, null },
        { 409, "BlobAlreadyExists" },
    };

    [Theory]
    [MemberData(nameof(NotThere))]
    public async Task Error_rows_and_parts_are_not_taken_for_written(int status, string? code)
    {
        await JobRig.StartAsync(azurite, demo.Encoder);
        var rig = JobRig.WithSmallShards(azurite, demo.Encoder);
        var job = await rig.PlanAsync(await rig.UploadAsync(OneBadLine));
        foreach (var blob in (string[])["_errors/part-00000.jsonl", "part-00000.parquet", "_SUCCESS"])
        {
            var fails = JobRig.WithSmallShards(azurite, demo.Encoder, new FailAt(blob, status, code));
            await Assert.ThrowsAnyAsync<Exception>(fails.DrainAsync);
            Assert.Equal((JobStatus.Running, 0), ((await rig.GetAsync(job)).State, (await rig.GetAsync(job)).ShardsFailed));
        }

        await rig.DrainAsync();

        var done = await rig.GetAsync(job);
        Assert.Equal((JobStatus.Succeeded, 2L, 1L), (done.State, done.Rows, done.Errors));
        Assert.Single(await rig.ErrorsAsync(done));
    }

    [Theory]
    [MemberData(nameof(NotThere))]
    public async Task A_manifest_and_staged_text_are_not_taken_for_written(int status, string? code)
    {
        await JobRig.StartAsync(azurite, demo.Encoder);
        var rig = JobRig.WithSmallShards(azurite, demo.Encoder);
        var source = await rig.UploadAsync(SourceTests.Gzip(OneBadLine), "txt.gz");
        await rig.Client.SubmitAsync(source, cancellationToken: Cancellation);
        foreach (var blob in (string[])["/text", "/job.json"])
        {
            var fails = JobRig.WithSmallShards(azurite, demo.Encoder, new FailAt(blob, status, code));
            await Assert.ThrowsAnyAsync<Exception>(fails.DrainPlanAsync);
        }

        await rig.DrainAsync();

        Assert.Equal(
            JobStatus.Succeeded, Assert.Single(await rig.Client.ListAsync(Cancellation), job => job.Source == source).State);
    }

    [Theory]
    [InlineData(404, null)]
    [InlineData(404, "ResourceTypeMismatch")]
    [InlineData(400, "InvalidHeaderValue")]
    [InlineData(400, null)]
    [InlineData(412, "LeaseIdMismatchWithBlobOperation")]
    [InlineData(409, "BlobArchived")]
    public async Task A_source_is_not_taken_for_gone_or_overwritten_and_its_name_not_for_none(int status, string? code)
    {
        await JobRig.StartAsync(azurite, demo.Encoder);
        var rig = JobRig.WithSmallShards(azurite, demo.Encoder);
        var source = await rig.UploadAsync(OneBadLine);
        var submission = await rig.Client.SubmitAsync(source, cancellationToken: Cancellation);
        var fails = JobRig.WithSmallShards(azurite, demo.Encoder, new FailAt(source, status, code, reads: true));

        await Assert.ThrowsAsync<RequestFailedException>(fails.DrainPlanAsync);
        Assert.Null(await rig.Client.TryGetSubmissionAsync(submission, Cancellation));
        await rig.DrainPlanAsync();
        await Assert.ThrowsAsync<RequestFailedException>(fails.DrainAsync);
        var job = (await rig.Client.TryGetSubmissionAsync(submission, Cancellation))!.Job!;
        Assert.Equal(0, (await rig.GetAsync(job)).ShardsFailed);
        await rig.DrainAsync();

        Assert.Equal(JobStatus.Succeeded, (await rig.GetAsync(job)).State);
    }

    [Theory]
    [InlineData(404, null)]
    [InlineData(404, "AccountNotFound")]
    public async Task Records_are_not_taken_for_missing(int status, string? code)
    {
        await JobRig.StartAsync(azurite, demo.Encoder);
        var rig = JobRig.WithSmallShards(azurite, demo.Encoder);
        var job = await rig.PlanAsync(await rig.UploadAsync(OneBadLine));
        foreach (var blob in (string[])["/job.json", "part-00000.parquet", "/progress"])
        {
            var fails = JobRig.WithSmallShards(azurite, demo.Encoder, new FailAt(blob, status, code, reads: true));
            await Assert.ThrowsAsync<RequestFailedException>(fails.DrainAsync);
        }

        await rig.DrainAsync();

        Assert.Equal(JobStatus.Succeeded, (await rig.GetAsync(job)).State);
    }

    [Fact]
    public async Task Error_rows_of_a_manifest_that_was_made_again_are_not_mixed_with_others()
    {
        await JobRig.StartAsync(azurite, demo.Encoder);
        var rig = JobRig.WithSmallShards(azurite, demo.Encoder);
        var source = await rig.UploadAsync(OneBadLine);
        var job = await rig.PlanAsync(source);
        await rig.Storage.Embeddings.GetBlobClient(StorageNames.Errors(source, job, 0)).UploadAsync(
            BinaryData.FromString("{}\n"), Cancellation);

        await rig.DrainAsync();

        Assert.Contains("has 3 bytes, but the error rows of this shard have", (await rig.GetAsync(job)).Reason, StringComparison.Ordinal);
    }

    /// <summary>Azurite answers so when a name cannot stand in XML.</summary>
    [Theory]
    [InlineData(400, "<html>")]
    [InlineData(200, "<html>")]
    [InlineData(200, "<EnumerationResults><Blobs><Blob><Name>a\u0001b</Name></Blob></Blobs></EnumerationResults>")]
    [InlineData(400, "\u0001")]
    public async Task Sources_that_cannot_be_listed_are_a_warning_and_jobs_are_mended_all_the_same(int status, string body)
    {
        var rig = await JobRig.StartAsync(azurite, demo.Encoder);
        await rig.EmptyAsync();
        var job = await rig.RunAsync(await rig.UploadAsync("一\n"));
        await rig.ReopenAsync(job);
        var logs = new CapturedLogs();
        var fails = JobRig.WithSmallShards(azurite, demo.Encoder, new FailAt("/texts", status, null, reads: true, body), logs: logs);

        await fails.Get<Reconcile>().RunAsync(Cancellation);

        Assert.Equal(JobStatus.Succeeded, (await rig.GetAsync(job.Job)).State);
        Assert.Contains(
            logs.Lines,
            line => line.Level == LogLevel.Warning && line.Message.StartsWith("The container 'texts' ", StringComparison.Ordinal));
    }

    /// <summary>Nothing is known about the shard then, so it has not failed.</summary>
    [Fact]
    public async Task An_answer_that_is_not_XML_is_an_outage()
    {
        await JobRig.StartAsync(azurite, demo.Encoder);
        var rig = JobRig.WithSmallShards(azurite, demo.Encoder);
        var job = await rig.PlanAsync(await rig.UploadAsync("一\n"));
        var fails = JobRig.WithSmallShards(azurite, demo.Encoder, new FailAt("/progress", 400, null, body: "<html>"));
        await Assert.ThrowsAsync<XmlException>(fails.DrainAsync);

        var attempt = await rig.Get<JobFailures>().TryReadAttemptAsync(job, 0, Cancellation);

        Assert.True(attempt!.IsOutage);
        Assert.StartsWith("Storage gave an answer that is not the XML that was expected: ", attempt.Reason, StringComparison.Ordinal);
    }
}
