using System.Collections.Concurrent;
using Azure.Core;
using Azure.Core.Pipeline;

namespace SimCse.Jobs.Tests;

/// <summary>Remembers the requests to storage, as <c>GET /container/blob</c>.</summary>
internal sealed class RequestLog : HttpPipelinePolicy
{
    public ConcurrentBag<string> Requests { get; } = [];

    public override ValueTask ProcessAsync(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
    {
        Requests.Add($"{message.Request.Method} {message.Request.Uri.Path}");
        return ProcessNextAsync(message, pipeline);
    }

    public override void Process(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline) => throw new NotSupportedException();
}
