using SimCse.Jobs.Clients;
using SimCse.Jobs.State;
using SimCse.Jobs.Storage;
using SimCse.Jobs.Upkeep;
using SimCse.Testing;

namespace SimCse.Jobs.Tests;

/// <summary>A job fails by its bad lines: all of them by default, or more than its limit allows.</summary>
[Collection(nameof(JobRig))]
public sealed class BadLinesTests(AzuriteFixture azurite, DemoBundle demo)
{
    private const string Sentences = "{\"id\":1,\"sentence\":\"猫\"}\n{\"id\":2,\"sentence\":\"犬\"}\n{\"id\":3,\"sentence\":\"鳥\"}\n";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_job_of_which_no_line_is_a_text_fails_and_says_which_property_was_meant()
    {
        await JobRig.StartAsync(azurite, demo.Encoder);
        var rig = JobRig.WithSmallShards(azurite, demo.Encoder);
        await rig.EmptyAsync(); // so that Reconcile looks at this job
        var job = await rig.RunAsync(await rig.UploadAsync(Sentences, "jsonl"));

        Assert.Equal((JobStatus.Failed, 2, 0L, 3L), (job.State, job.ShardsDone, job.Rows, job.Errors));
        Assert.Equal(
            "None of its 3 lines could be encoded. Line 1: The object has no property \"text\"; it has \"id\", \"sentence\". " +
            $"All are in embeddings/{job.Output}_errors/part-00000.jsonl.",
            job.Reason);
        Assert.Equal((1L, "1"), (job.FirstErrors!.Single().Line, job.FirstErrors!.Single().Id));
        Assert.Equal(job.Reason, (await rig.Client.ListAsync(Cancellation)).Single(listed => listed.Job == job.Job).Reason);
        Assert.Equal(3, (await rig.ErrorsAsync(job)).Count);
        var output = await JobRig.ListAsync(rig.Storage.Embeddings, job.Source);
        Assert.DoesNotContain(StorageNames.Success(job.Source, job.Job), output);
        Assert.DoesNotContain(StorageNames.Latest(job.Source), output);

        // It waits for its user, and Reconcile neither completes nor repeats it.
        Assert.Empty(await JobRig.ListAsync(rig.Storage.Jobs, StorageNames.Open(job.Job)));
        await rig.Get<Reconcile>().RunAsync(Cancellation);
        await rig.DrainAsync();
        Assert.Equal(job.Reason, (await rig.GetAsync(job.Job)).Reason);
    }

    [Fact]
    public async Task A_retry_finds_the_same_lines_and_is_refused_unless_it_accepts_them()
    {
        var rig = await JobRig.StartAsync(azurite, demo.Encoder);
        var job = await rig.RunAsync(await rig.UploadAsync(Sentences, "jsonl"));

        var refused = await rig.Client.RetryAsync(job.Job, Cancellation);
        Assert.Contains("another try would find the same", refused!.RetryProblem(), StringComparison.Ordinal);
        await rig.Client.RetryAsync(job.Job, Limit("5%"), Cancellation);
        Assert.Equal((0, 0), await rig.CountMessagesAsync());

        var part = await PartAsync();
        await rig.Client.RetryAsync(job.Job, Limit("100%"), Cancellation);
        await rig.DrainAsync();

        var accepted = await rig.GetAsync(job.Job);
        Assert.Equal((JobStatus.Succeeded, 0L, 3L), (accepted.State, accepted.Rows, accepted.Errors));
        Assert.Equal(part, await PartAsync()); // nothing was encoded again
        Assert.Contains(StorageNames.Latest(job.Source), await JobRig.ListAsync(rig.Storage.Embeddings, job.Source));

        async Task<string> PartAsync() => (await rig.Storage.Embeddings.GetBlobClient(StorageNames.Part(job.Source, job.Job, 0))
            .GetPropertiesAsync(cancellationToken: Cancellation)).Value.ETag.ToString();
    }

    [Theory]
    [InlineData("1", JobStatus.Failed)]
    [InlineData("49.9%", JobStatus.Failed)]
    [InlineData("2", JobStatus.Succeeded)]
    [InlineData("50%", JobStatus.Succeeded)]
    public async Task A_limit_decides_where_the_line_is(string limit, string state)
    {
        var rig = await JobRig.StartAsync(azurite, demo.Encoder);
        var source = await rig.UploadAsync("{\"text\":\"猫\"}\n{}\n{\"text\":\"犬\"}\nx\n", "jsonl");

        var job = await rig.RunAsync(source, new JobOptions { MaxErrors = Limit(limit) });

        Assert.Equal((state, 2L, 2L), (job.State, job.Rows, job.Errors));
        Assert.Equal(2, job.FirstErrors!.Count);
        Assert.Equal(StorageNames.Errors(source, job.Job, 0), job.ErrorFile);
        if (state == JobStatus.Failed)
        {
            Assert.StartsWith($"2 of its 4 lines could not be encoded; {limit} may fail. Line 2: ", job.Reason, StringComparison.Ordinal);
            Assert.EndsWith("with other reasons, too.", job.Reason, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_same_job_asked_for_with_another_limit_is_judged_anew()
    {
        var rig = await JobRig.StartAsync(azurite, demo.Encoder);
        var source = await rig.UploadAsync("{\"text\":\"猫\"}\n{}\n", "jsonl");

        var strict = await rig.RunAsync(source, new JobOptions { MaxErrors = Limit("0") });
        await rig.RunAsync(source, new JobOptions { MaxErrors = Limit("0") });
        Assert.Equal(JobStatus.Failed, (await rig.GetAsync(strict.Job)).State);
        var lenient = await rig.RunAsync(source, new JobOptions { MaxErrors = Limit("1") });

        Assert.Equal((strict.Job, JobStatus.Failed, JobStatus.Succeeded), (lenient.Job, strict.State, lenient.State));
        Assert.Equal((0, 0), await rig.CountMessagesAsync());
    }

    [Fact]
    public async Task A_limit_alone_leaves_the_other_options_to_the_app()
    {
        var rig = await JobRig.StartAsync(azurite, demo.Encoder, new JobOptions { Dimensions = 8, MaxErrors = Limit("0") });
        var source = await rig.UploadAsync("{\"text\":\"猫\"}\n{}\n", "jsonl");
        await rig.Client.SubmitAsync(source, maxErrors: Limit("1"), cancellationToken: Cancellation);
        await rig.DrainAsync();
        var job = (await rig.Client.ListAsync(Cancellation)).Single(job => job.Source == source);
        Assert.Equal((JobStatus.Succeeded, 8), (job.State, job.Options!.Dimensions));
        Assert.Equal(JobStatus.Failed, (await rig.RunAsync(await rig.UploadAsync("{\"text\":\"猫\"}\n{}\n", "jsonl"))).State);
    }

    private static ErrorLimit Limit(string text) =>
        ErrorLimit.TryParse(text, out var limit) ? limit : throw new ArgumentException(text);
}
