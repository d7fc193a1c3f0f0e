using Microsoft.Extensions.Logging;
using SimCse.Inference;
using SimCse.Jobs.Clients;
using SimCse.Jobs.Encode;
using SimCse.Jobs.Parts;
using SimCse.Models;
using SimCse.Models.Untrained;
using SimCse.Testing;

namespace SimCse.Jobs.Tests;

/// <summary>Instances that compute differently: rigs that give themselves other names.</summary>
[Collection(nameof(JobRig))]
public sealed class ArithmeticTests(AzuriteFixture azurite, DemoBundle demo, ArithmeticTests.EightBits model)
    : IClassFixture<ArithmeticTests.EightBits>
{
    private const string One = "cpu avx512-vnni onnxruntime-1", Other = "cpu avx2 onnxruntime-1";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Parts_are_labelled_counted_and_warned_of_and_merging_joins_the_labels()
    {
        var (one, other) = await StartAsync(model.Encoder, isStrict: false);
        var job = await one.PlanAsync(await one.UploadAsync("一\n二\n三\n四\n五\n"));

        await TakeAsync(one, 1);
        var running = await one.GetAsync(job);
        await other.DrainAsync();

        Assert.Null(running.Arithmetics); // no part is listed for who watches
        Assert.Empty(running.Notes);
        var done = await other.GetAsync(job);
        Assert.Equal(JobStatus.Succeeded, done.State);
        Assert.Equal([KeyValuePair.Create(Other, 2), KeyValuePair.Create(One, 1)], done.Arithmetics);
        Assert.Contains("2 kinds of machine", Assert.Single(done.Notes), StringComparison.Ordinal);
        Assert.Equal([One, Other, Other], await LabelsAsync(one, done));

        await one.Client.CompactAsync(job, cancellationToken: Cancellation);
        Assert.Equal([$"{Other}; {One}"], await LabelsAsync(one, done));
        Assert.Empty((await one.Client.VerifyAsync(job, cancellationToken: Cancellation)).Problems);
        Assert.Equal(done.Arithmetics, (await one.GetAsync(job)).Arithmetics);
    }

    /// <summary>
    /// 1. One machine begins the job. 2. Another kind hands every shard back, and the job says so. 3. The first ends the job. 4. A late
    /// message is no reason to hand anything back.
    /// </summary>
    [Fact]
    public async Task A_strict_app_leaves_a_job_to_the_kind_of_machine_that_began_it()
    {
        var logs = new CapturedLogs();
        var (one, other) = await StartAsync(demo.Encoder, isStrict: true, logs);
        var job = await one.PlanAsync(await one.UploadAsync("一\n二\n三\n四\n五\n"));

        await TakeAsync(one, 1);
        Assert.Null((await one.GetAsync(job)).Waits);
        await TakeAsync(other, 6);

        var waiting = await one.GetAsync(job);
        Assert.Equal((JobStatus.Running, 1, 0), (waiting.State, waiting.ShardsDone, waiting.ShardsFailed));
        Assert.StartsWith($"for an instance that computes in {One}", waiting.Waits, StringComparison.Ordinal);
        Assert.Contains($"one with {Other} handed shard", waiting.Waits, StringComparison.Ordinal);
        Assert.Equal(2, (await one.CountMessagesAsync()).Shards);
        Assert.Contains(
            logs.Lines,
            line => line.Level == LogLevel.Warning && line.Message.Contains("is handed back", StringComparison.Ordinal));

        await one.DrainAsync();

        var done = await one.GetAsync(job);
        Assert.Equal((JobStatus.Succeeded, 5L, null), (done.State, done.Rows, done.Waits));
        Assert.Equal([KeyValuePair.Create(One, 3)], done.Arithmetics);
        await other.EncodeShard.RunAsync($$"""{"job":"{{job}}","shard":1}""", null, Cancellation);
        Assert.Equal(0, (await one.CountMessagesAsync()).Shards);
    }

    /// <summary>A pause keeps what was handed back out of sight; it is not lost.</summary>
    [Fact]
    public async Task A_shard_that_was_handed_back_comes_again_later()
    {
        var (one, other) = await StartAsync(demo.Encoder, isStrict: true, pause: TimeSpan.FromHours(1));
        var job = await one.PlanAsync(await one.UploadAsync("一\n二\n三\n"));
        await TakeAsync(other, 1);

        await one.DrainAsync();

        Assert.Equal(1, (await one.CountMessagesAsync()).Shards);
        Assert.Equal((JobStatus.Running, 1), ((await one.GetAsync(job)).State, (await one.GetAsync(job)).ShardsDone));
    }

    /// <summary>In 8 bits, a copy would be none of the machine that the label names; in fp32, it differs by rounding.</summary>
    [Theory]
    [InlineData(true, 0)]
    [InlineData(false, 4)]
    public async Task Vectors_of_another_arithmetic_are_copied_unless_it_matters(bool isEightBits, long reused)
    {
        var (one, other) = await StartAsync(isEightBits ? model.Encoder : demo.Encoder, isStrict: false);
        var source = await one.UploadAsync("一\n二\n三\n四\n");
        await one.RunAsync(source);
        await one.UploadAsync(source, "一\n二\n三\n四\n"u8.ToArray());

        Assert.Equal(reused, (await other.RunAsync(source)).Reused);
    }

    [Fact]
    public async Task Without_another_name_it_is_that_of_the_encoder()
    {
        var rig = await JobRig.StartAsync(azurite, demo.Encoder);

        var job = await rig.RunAsync(await rig.UploadAsync("一\n"));

        Assert.Equal([KeyValuePair.Create(demo.Encoder.Arithmetic, 1)], job.Arithmetics);
        Assert.Equal([demo.Encoder.Arithmetic], await LabelsAsync(rig, job));
    }

    /// <summary>Hands over messages one by one, as many as there are to be; what is handed back stands at the end of the queue.</summary>
    private static async Task TakeAsync(JobRig rig, int messages)
    {
        for (; messages > 0; messages--)
        {
            var message = (await rig.Storage.ShardsQueue.ReceiveMessageAsync(cancellationToken: Cancellation)).Value;
            await rig.EncodeShard.RunAsync(message.Body.ToString(), null, Cancellation);
            await rig.Storage.ShardsQueue.DeleteMessageAsync(message.MessageId, message.PopReceipt, Cancellation);
        }
    }

    private static async Task<List<string?>> LabelsAsync(JobRig rig, JobStatus job)
    {
        var labels = new List<string?>();
        foreach (var part in (await rig.Client.TryGetSuccessAsync(job.Source, job.Job, Cancellation))!.Record.Parts)
        {
            await using var content = await rig.Storage.Embeddings.GetBlobClient(part.Name).OpenReadAsync(cancellationToken: Cancellation);
            await using var reader = await PartReader.OpenAsync(content, part.Name, Cancellation);
            labels.Add(reader.Metadata.Arithmetic);
        }

        return labels;
    }

    private async Task<(JobRig One, JobRig Other)> StartAsync(
        SentenceEncoder encoder, bool isStrict, ILoggerFactory? logs = null, TimeSpan pause = default)
    {
        await JobRig.StartAsync(azurite, encoder);
        return (Rig(One), Rig(Other));

        JobRig Rig(string name) => JobRig.WithSmallShards(
            azurite, encoder, logs: logs, arithmetic: new ArithmeticOptions(isStrict) { Pause = pause, NameOf = _ => name });
    }

    /// <summary>A model of 8-bit products.</summary>
    public sealed class EightBits : IDisposable
    {
        private readonly TemporaryFolder _folder = new();

        public EightBits()
        {
            RandomModel.Write(_folder["model"], new RandomModelOptions { Layers = 1, Hidden = 64, Vocabulary = 0 });
            Encoder = SentenceEncoder.Load(ModelImporter.Import(
                _folder["model"], _folder["bundle"], new ImportOptions { Precision = Precision.Int8, MinSpearman = 0.5 }));
        }

        public SentenceEncoder Encoder { get; }

        public void Dispose()
        {
            Encoder.Dispose();
            _folder.Dispose();
        }
    }
}
