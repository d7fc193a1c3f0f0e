using System.Text.Json;
using SimCse.Inference;
using SimCse.Jobs.Clients;
using SimCse.Jobs.Parts;
using SimCse.Jobs.State;
using SimCse.Models.Untrained;
using SimCse.Testing;

namespace SimCse.Jobs.Tests;

/// <summary>Jobs by a model with prompts: the demo model, whose bundle has three, one of them the default.</summary>
[Collection(nameof(JobRig))]
public sealed class PromptTests(AzuriteFixture azurite, PromptTests.Model model) : IClassFixture<PromptTests.Model>
{
    private const string Query = "質問: ", Document = "文書: ";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("{}", Document, "passage")]
    [InlineData("""{"promptName":"query"}""", Query, "query")]
    [InlineData("""{"prompt":"次の文: "}""", "次の文: ", null)]
    [InlineData("""{"prompt":""}""", null, null)]
    [InlineData("""{"promptName":"none"}""", null, null)]
    public async Task The_prompt_goes_before_each_text_and_stands_in_manifest_parts_and_success(string json, string? text, string? name)
    {
        var rig = await JobRig.StartAsync(azurite, model.Encoder);

        var job = await rig.RunAsync(await rig.UploadAsync("猫\n犬\n"), Options(json));

        var prompt = text is null ? null : new JobPrompt(text, name);
        Assert.Equal((JobStatus.Succeeded, prompt), (job.State, job.Prompt));
        var success = (await rig.Client.TryGetSuccessAsync(job.Source, job.Job, Cancellation))!.Record;
        Assert.Equal(prompt, success.Prompt);
        Assert.Empty((await rig.Client.VerifyAsync(job.Job, cancellationToken: Cancellation)).Problems);
        Assert.Equal(
            (text, name), await ReadAsync(rig, job, part => Task.FromResult((part.Metadata.Prompt, part.Metadata.PromptName))));
        Assert.Equal(["1:1:猫", "2:2:犬"], await rig.RowsAsync(job));
        var expected = await model.Encoder.EncodeAsync([$"{text}猫", $"{text}犬"], new EncodeOptions { Prompt = "" }, Cancellation);
        var actual = await ReadAsync(rig, job, async part => (await part.ReadGroupAsync(0, Cancellation)).Encoded);
        Assert.Equal(expected.Tokens, actual.Tokens);
        Assert.All(expected.Vectors.Zip(actual.Vectors), pair => Assert.Equal(pair.First, pair.Second, 1e-5f));
    }

    [Fact]
    public async Task A_name_that_the_model_does_not_have_fails_the_job_at_once_and_says_which_there_are()
    {
        var rig = await JobRig.StartAsync(azurite, model.Encoder);

        var job = await rig.RunAsync(await rig.UploadAsync("猫\n"), new JobOptions { PromptName = "clustering" });

        Assert.Equal(JobStatus.Failed, job.State);
        Assert.Equal(
            "The model has no prompt named 'clustering'; expected one of 'query', 'passage', 'none'.", job.Reason);
    }

    [Fact]
    public async Task Chunks_leave_room_for_the_prompt()
    {
        var rig = await JobRig.StartAsync(azurite, model.Encoder);
        var text = string.Concat(Enumerable.Range(1, 9).Select(i => $"{new string((char)('一' + i), 39)}。"));
        var source = await rig.UploadAsync($"{text}\n");

        var job = await rig.RunAsync(source, new JobOptions { ChunkOverlap = 0, Prompt = new string('前', 20) });

        Assert.Equal((JobStatus.Succeeded, 1L, 5L, 0L), (job.State, job.Texts, job.Rows, job.Truncated));
        Assert.Equal(text, string.Concat((await rig.RowsAsync(job)).Select(row => row.Split(':')[2])));
        Assert.Contains(
            "The prompt has",
            (await rig.RunAsync(source, new JobOptions { ChunkOverlap = 0, Prompt = new string('前', 80) })).Reason!,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"promptName":"passage"}""", 2)] // the default by its name
    [InlineData("""{"promptName":"query"}""", 0)]
    [InlineData("""{"prompt":""}""", 0)]
    public async Task Vectors_of_the_version_before_are_copied_only_with_the_same_prompt(string json, long reused)
    {
        var rig = await JobRig.StartAsync(azurite, model.Encoder);
        var source = await rig.UploadAsync("猫\n犬\n");
        var before = await rig.RunAsync(source);
        await rig.UploadAsync(source, "猫\n犬\n"u8.ToArray());

        var job = await rig.RunAsync(source, Options(json));

        Assert.NotEqual(before.Job, job.Job);
        Assert.Equal((JobStatus.Succeeded, reused), (job.State, job.Reused));
    }

    private static JobOptions Options(string json) => JobOptions.Read(JsonElement.Parse(json), new JobOptions());

    /// <summary>Reads the only part of a job.</summary>
    private static async Task<T> ReadAsync<T>(JobRig rig, JobStatus job, Func<PartReader, Task<T>> read)
    {
        var part = (await JobRig.ListAsync(rig.Storage.Embeddings, job.Output!)).Single(
            name => name.EndsWith(".parquet", StringComparison.Ordinal));
        await using var content = await rig.Storage.Embeddings.GetBlobClient(part).OpenReadAsync(cancellationToken: Cancellation);
        await using var reader = await PartReader.OpenAsync(content, part, Cancellation);
        return await read(reader);
    }

    public sealed class Model : IDisposable
    {
        private readonly TemporaryFolder _folder = new();

        public Model()
        {
            var plain = DemoModel.CreateBundle(_folder["bundle"]);
            Encoder = SentenceEncoder.Load(Bundle.Seal(plain.Folder, plain.Manifest with
            {
                Prompts = new Dictionary<string, string> { ["query"] = Query, ["passage"] = Document, ["none"] = "" },
                DefaultPromptName = "passage",
            }));
        }

        public SentenceEncoder Encoder { get; }

        public void Dispose()
        {
            Encoder.Dispose();
            _folder.Dispose();
        }
    }
}
