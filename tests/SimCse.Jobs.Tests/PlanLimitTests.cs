using System.IO.Compression;
using Azure.Core;
using Azure.Core.Pipeline;
using SimCse.Jobs.Clients;
using SimCse.Jobs.Plan;
using SimCse.Jobs.Sources;
using SimCse.Jobs.Storage;
using SimCse.Testing;

namespace SimCse.Jobs.Tests;

/// <summary>No source holds the planner for long: it is refused with the reason, and others do not wait for it.</summary>
[Collection(nameof(JobRig))]
public sealed class PlanLimitTests(AzuriteFixture azurite, DemoBundle demo)
{
    private const int MiB = 1 << 20;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("\n")]
    [InlineData("x")]
    [InlineData("a\n")]
    public async Task A_compressed_source_that_grows_without_measure_is_refused_with_the_setting(string content)
    {
        var rig = await JobRig.StartAsync(azurite, demo.Encoder);
        var source = await rig.UploadAsync(Bomb(content, 9 * MiB), "txt.gz");
        var version = (await JobStorage.TryGetPropertiesAsync(rig.Storage.Texts, source, Cancellation))!.ETag;
        using var scan = new StageSource(
            rig.Storage, ShardLimits.Default, PlanLimits.Default with { Expansion = 10, LeastText = 8 * MiB }, TimeProvider.System);

        var failure = await Assert.ThrowsAsync<PermanentJobException>(
            () => scan.ScanAsync(
                source, source, JobStorage.Version(version), new SourceFormat(SourceKind.Txt, SourceCompression.Gzip),
                SourceColumns.Default, encoding: null, Cancellation));

        Assert.Contains("holds more than 8388608 bytes of text", failure.Message, StringComparison.Ordinal);
        Assert.Contains("Jobs__MaxExpansion", failure.Message, StringComparison.Ordinal);
        Assert.Empty(await JobRig.ListAsync(rig.Storage.Jobs, source));
    }

    [Theory]
    [InlineData(100, 100L << 30, 10_000L << 30)]
    [InlineData(100, 1_000, 256 * MiB)]
    [InlineData(1, 1_000_000_000, 1_000_000_000)]
    public void The_text_of_a_compressed_source_may_be_so_many_times_as_large(int expansion, long bytes, long text) =>
        Assert.Equal(text, new PlanLimits(TimeSpan.FromMinutes(1), expansion).MaxText(bytes));

    [Fact]
    public async Task A_source_that_cannot_be_read_in_time_fails_with_the_settings_and_is_not_tried_again()
    {
        var rig = await JobRig.StartAsync(azurite, demo.Encoder);
        using var scan = new StageSource(rig.Storage, ShardLimits.Default, PlanLimits.Default, new Hurried());

        var failure = await Assert.ThrowsAsync<PermanentJobException>(
            () => scan.ScanAsync("job", "a.txt", "0x1", new SourceFormat(SourceKind.Txt), SourceColumns.Default, null, Cancellation));

        Assert.Contains("could not be read to its end within 25 minutes. Split it", failure.Message, StringComparison.Ordinal);
        Assert.Contains("Jobs__MaxPlanMinutes", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_job_does_not_wait_for_the_long_plan_of_another()
    {
        await JobRig.StartAsync(azurite, demo.Encoder);
        var gate = new Gate();
        var rig = JobRig.WithSmallShards(azurite, demo.Encoder, gate);
        var (slow, quick) = (await rig.UploadAsync("猫\n"), await rig.UploadAsync("犬\n"));
        gate.Close(slow);
        var planning = rig.PlanJob.RunAsync($$"""{"source":"{{slow}}"}""", Cancellation);
        var repeated = rig.PlanJob.RunAsync($$"""{"source":"{{slow}}"}""", Cancellation);

        Assert.Equal(JobStatus.Succeeded, (await rig.RunAsync(quick)).State);

        Assert.False(planning.IsCompleted || repeated.IsCompleted);
        gate.Open();
        await Task.WhenAll(planning, repeated);
        Assert.Equal(1, (await rig.CountMessagesAsync()).Shards);
    }

    private static byte[] Bomb(string content, long bytes)
    {
        var block = System.Text.Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(content, MiB / content.Length)));
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest))
        {
            for (var written = 0L; written < bytes; written += block.Length)
            {
                gzip.Write(block);
            }
        }

        return compressed.ToArray();
    }

    /// <summary>Every time is up at once.</summary>
    private sealed class Hurried : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            callback(state);
            return base.CreateTimer(callback, state, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Holds back the content of one source until it is opened.</summary>
    private sealed class Gate : HttpPipelinePolicy
    {
        private readonly TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private volatile string? _source;

        public void Close(string source) => _source = source;

        public void Open() => _open.SetResult();

        public override void Process(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline) => ProcessNext(message, pipeline);

        public override async ValueTask ProcessAsync(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
        {
            if (_source is { } source && message.Request.Method == RequestMethod.Get
                && message.Request.Uri.Path.EndsWith(source, StringComparison.Ordinal))
            {
                await _open.Task.WaitAsync(message.CancellationToken);
            }

            await ProcessNextAsync(message, pipeline);
        }
    }
}
