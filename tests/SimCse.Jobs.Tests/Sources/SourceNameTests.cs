using Azure.Storage.Blobs.Models;
using SimCse.Jobs.Clients;
using SimCse.Jobs.Sources;
using SimCse.Jobs.State;
using SimCse.Jobs.Storage;
using SimCse.Jobs.Upkeep;
using SimCse.Testing;

namespace SimCse.Jobs.Tests.Sources;

/// <summary>A name either stands for the blob of exactly this name, all the way to the rows of its job, or is refused in words.</summary>
[Collection(nameof(JobRig))]
public sealed class SourceNameTests(AzuriteFixture azurite, DemoBundle demo)
{
    private const int Longest = 1024 - 46; // "/{job}/_errors/part-00000.jsonl"

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("../models/x.txt", "'.' and '..' between slashes")]
    [InlineData("./x.txt", "'.' and '..' between slashes")]
    [InlineData("a/../x.txt", "'.' and '..' between slashes")]
    [InlineData("a/./x.txt", "'.' and '..' between slashes")]
    [InlineData("/../x.txt", "'.' and '..' between slashes")]
    [InlineData("..", "'.' and '..' between slashes")]
    [InlineData("a./x.txt", "ends with a dot")]
    [InlineData("x.txt.", "ends with a dot")]
    [InlineData("a\u0001b.txt", "character 2 is U+0001")]
    [InlineData("a\nb.txt", "character 2 is U+000A")]
    [InlineData("a\u007Fb.txt", "character 2 is U+007F")]
    [InlineData("a\u0081b.txt", "character 2 is U+0081")]
    [InlineData("a\uFFFEb.txt", "character 2 is U+FFFE")]
    [InlineData("a\uFFFFb.txt", "character 2 is U+FFFF")]
    [InlineData("a\\b.txt", "'\\' is turned into '/'")]
    [InlineData("..\\x.txt", "'\\' is turned into '/'")]
    [InlineData("", "it has 0 characters")]
    public void A_name_that_would_be_another_or_none_is_refused_with_the_reason(string name, string reason) =>
        Assert.Contains(reason, SourceName.Problem(name), StringComparison.Ordinal);

    [Fact]
    public void Half_of_a_surrogate_pair_is_refused_and_named()
    {
        Assert.Contains("character 3 is U+D800", SourceName.Problem("😀" + '\uD800' + ".txt"), StringComparison.Ordinal);
        Assert.Contains("character 2 is U+DC00", SourceName.Problem("a" + '\uDC00'), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Longest, 0, null)]
    [InlineData(Longest + 1, 0, "the name of a part would be too long for storage: it has 1,025 characters")]
    [InlineData(1025, 0, "it has 1,025 characters")]
    [InlineData(200, 57, null)]
    [InlineData(200, 58, "the name of a part would be too long for storage: it has 62 parts between slashes")]
    public void A_name_whose_parts_would_be_too_long_is_refused(int length, int slashes, string? reason)
    {
        var name = string.Concat(Enumerable.Repeat("a/", slashes)) + new string('x', length - (2 * slashes) - 4) + ".txt";
        var problem = SourceName.Problem(name);
        Assert.True(reason is null ? problem is null : problem!.Contains(reason, StringComparison.Ordinal), problem);
    }

    [Theory]
    [InlineData("two.txt")]
    [InlineData("/two.txt")]
    [InlineData("//two.txt")]
    [InlineData("a//b.txt")]
    [InlineData("a///b//c.txt")]
    [InlineData("100%.txt")]
    [InlineData("%2e%2e/x.txt")]
    [InlineData("a%2Fb.txt")]
    [InlineData("%E7%8C%AB.txt")]
    [InlineData("a#b?c=d&e.txt")]
    [InlineData("a+b c.txt")]
    [InlineData(" a .txt")]
    [InlineData("猫/😀 𠮷.txt")]
    [InlineData("..a/...b/.c.txt")]
    [InlineData("C:/x|y<z>\"*.txt")]
    [InlineData("'quoted'; -- {0} $x.txt")]
    [InlineData("e\u0301.txt")]
    [InlineData("\u202Etxt.jsonl.txt")]
    [InlineData("\uE000.txt")]
    public async Task A_job_of_any_other_name_has_the_text_of_that_name(string name)
    {
        var rig = await JobRig.StartAsync(azurite, demo.Encoder);
        var text = $"text of {name}";
        await rig.UploadAsync(name, System.Text.Encoding.UTF8.GetBytes($"{text}\nnot\u0000\xFF\n"), new JobOptions { Normalize = true });
        var listed = new List<string>();
        await foreach (var blob in rig.Storage.Texts.GetBlobsAsync(cancellationToken: Cancellation))
        {
            listed.Add(blob.Name);
        }

        var job = await rig.RunAsync(name);

        Assert.Contains(name, listed);
        Assert.Equal((JobStatus.Succeeded, name), (job.State, job.Source));
        Assert.Equal($"1:1:{text}", (await rig.RowsAsync(job))[0]);
        Assert.Contains(StorageNames.Latest(name), await JobRig.ListAsync(rig.Storage.Embeddings, name));
        Assert.Equal(job.Job, Assert.Single(await rig.Client.ListAsync(Cancellation), other => other.Job == job.Job).Job);
    }

    [Fact]
    public async Task The_longest_name_has_a_job_with_error_rows()
    {
        var rig = await JobRig.StartAsync(azurite, demo.Encoder);
        var name = new string('猫', Longest - 6) + ".jsonl";
        await rig.UploadAsync(name, "no JSON\n"u8.ToArray());

        var job = await rig.RunAsync(name);

        Assert.Equal((JobStatus.Failed, 1L), (job.State, job.Errors));
        Assert.Single(await rig.ErrorsAsync(job));
    }

    [Theory]
    [InlineData("../texts/inside.txt")]
    [InlineData("x/../inside.txt")]
    [InlineData("./inside.txt")]
    public async Task A_refused_name_in_a_message_or_an_event_is_one_failed_job_that_read_nothing(string name)
    {
        var rig = await JobRig.StartAsync(azurite, demo.Encoder);
        await rig.UploadAsync("inside.txt", "猫\n"u8.ToArray());
        var submission = Guid.NewGuid().ToString("N");
        await rig.PlanJob.RunAsync($$"""{"source":"{{name}}","submission":"{{submission}}"}""", Cancellation);
        await rig.PlanJob.RunAsync(
            $$$"""
            {"eventType": "Microsoft.Storage.BlobCreated", "subject": "/blobServices/default/containers/texts/blobs/{{{name}}}",
             "data": {"eTag": "0x1"}}
            """,
            Cancellation);

        var answer = (await rig.Client.TryGetSubmissionAsync(submission, Cancellation))!;
        var job = Assert.Single(await rig.Client.ListAsync(Cancellation), job => job.Source == name);
        Assert.Equal((answer.Job, JobStatus.Failed, answer.Error), (job.Job, job.State, job.Reason));
        Assert.StartsWith($"'{name}' can be no source's name: ", job.Reason, StringComparison.Ordinal);
        await Assert.ThrowsAsync<NotSupportedException>(() => rig.UploadAsync(name, "犬\n"u8.ToArray()));
        await Assert.ThrowsAsync<NotSupportedException>(() => rig.Client.SubmitAsync(name, cancellationToken: Cancellation));

        // A listing that shows such a name, and the poison queue, find the same job.
        var item = BlobsModelFactory.BlobItem(name, false, BlobsModelFactory.BlobItemProperties(true, eTag: new("0x2")), null);
        Assert.Equal(job.Job, rig.Get<JobResolver>().Identify(item, demo.Encoder.Bundle.Model.Fingerprint).Job);
        await rig.Get<RecordPoison>().RunAsync(StorageNames.PlanQueue, $$"""{"source":"{{name}}"}""", Cancellation);
        Assert.Single(await rig.Client.ListAsync(Cancellation), job => job.Source == name);
    }

    [Theory]
    [InlineData("../poison/plan")]
    [InlineData("")]
    public async Task What_is_no_submission_has_no_answer(string submission)
    {
        var rig = await JobRig.StartAsync(azurite, demo.Encoder);
        Assert.Null(await rig.Client.TryGetSubmissionAsync(submission, Cancellation));
    }
}
