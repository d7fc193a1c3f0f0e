using Azure;
using Azure.Core;
using Azure.Core.Pipeline;
using SimCse.Jobs.Clients;
using SimCse.Testing;

namespace SimCse.Jobs.Tests;

/// <summary>The last shard completes its job, even where storage counts records before it appends one.</summary>
[Collection(nameof(JobRig))]
public sealed class LastShardTests(AzuriteFixture azurite, DemoBundle demo)
{
    private const string Three = "一\n二\n三\n";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Many_short_jobs_with_two_workers_at_once_are_complete_without_the_timer()
    {
        const int Jobs = 40;
        await JobRig.StartAsync(azurite, demo.Encoder);
        JobRig[] workers = [JobRig.WithSmallShards(azurite, demo.Encoder), JobRig.WithSmallShards(azurite, demo.Encoder)];
        var jobs = new List<string>();
        for (var i = 0; i < Jobs; i++)
        {
            jobs.Add(await workers[0].PlanAsync(await workers[0].UploadAsync(Three)));
        }

        foreach (var job in jobs)
        {
            await Task.WhenAll(workers.Select((worker, shard) => worker.EncodeShard.RunAsync(Message(job, shard), null, Cancellation)));
        }

        var hanging = 0;
        foreach (var job in jobs)
        {
            hanging += (await workers[0].GetAsync(job)).State == JobStatus.Succeeded ? 0 : 1;
        }

        Assert.Equal(0, hanging);
    }

    [Fact]
    public async Task The_last_of_two_that_are_both_told_to_be_the_first_completes_the_job()
    {
        await JobRig.StartAsync(azurite, demo.Encoder);
        var worker = JobRig.WithSmallShards(azurite, demo.Encoder, new OneRecord());
        var job = await worker.PlanAsync(await worker.UploadAsync(Three));

        await worker.EncodeShard.RunAsync(Message(job, 1), null, Cancellation);
        Assert.Equal(JobStatus.Running, (await worker.GetAsync(job)).State);
        await worker.EncodeShard.RunAsync(Message(job, 0), null, Cancellation);

        Assert.Equal(JobStatus.Succeeded, (await worker.GetAsync(job)).State);
    }

    private static string Message(string job, int shard) => $$"""{"job":"{{job}}","shard":{{shard}}}""";

    /// <summary>Whoever appends is told that the log holds one record.</summary>
    private sealed class OneRecord : HttpPipelinePolicy
    {
        public override async ValueTask ProcessAsync(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
        {
            await ProcessNextAsync(message, pipeline);
            if (message.Request.Uri.Query.Contains("comp=appendblock", StringComparison.Ordinal) && message.Response.Status == 201)
            {
                message.Response = new Changed(message.Response, "x-ms-blob-committed-block-count", "1");
            }
        }

        public override void Process(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline) => throw new NotSupportedException();
    }

    /// <summary>An answer with another value of a header.</summary>
    private sealed class Changed(Response answer, string header, string value) : Response
    {
        public override int Status => answer.Status;

        public override string ReasonPhrase => answer.ReasonPhrase;

        public override Stream? ContentStream
        {
            get => answer.ContentStream;
            set => answer.ContentStream = value;
        }

        public override string ClientRequestId
        {
            get => answer.ClientRequestId;
            set => answer.ClientRequestId = value;
        }

        public override void Dispose() => answer.Dispose();

        protected override bool ContainsHeader(string name) => answer.Headers.Contains(name);

        protected override IEnumerable<HttpHeader> EnumerateHeaders() => answer.Headers;

        protected override bool TryGetHeader(string name, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out string? found)
        {
            var exists = answer.Headers.TryGetValue(name, out found);
            found = name.Equals(header, StringComparison.OrdinalIgnoreCase) ? value : found;
            return exists;
        }

        protected override bool TryGetHeaderValues(
            string name, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out IEnumerable<string>? values) =>
            answer.Headers.TryGetValues(name, out values);
    }
}
