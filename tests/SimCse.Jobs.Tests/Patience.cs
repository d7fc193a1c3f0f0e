using Azure.Core;
using Azure.Core.Pipeline;

namespace SimCse.Jobs.Tests;

/// <summary>
/// Waits 30 s for each answer instead of the client's 100: a server on this machine that has not answered by then never will. What is
/// thrown after the client's last try names the request, which the client's own exceptions do not.
/// </summary>
/// <param name="inner">What a rig's requests go through, too.</param>
internal sealed class Patience(HttpPipelinePolicy? inner) : HttpPipelinePolicy
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    public override async ValueTask ProcessAsync(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
    {
        message.NetworkTimeout = Limit;
        var request = $"{message.Request.Method} {message.Request.Uri.Path}";
        try
        {
            await (inner?.ProcessAsync(message, pipeline) ?? ProcessNextAsync(message, pipeline));
        }
        catch (Exception e) when (IsTimeout(e) && !message.CancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException(
                $"{request} had no answer within {Limit.TotalSeconds} s of {message.Request.Uri.Host}:{message.Request.Uri.Port}.", e);
        }
    }

    public override void Process(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline) => throw new NotSupportedException();

    /// <summary>After several tries, the last one counts.</summary>
    private static bool IsTimeout(Exception e) =>
        e is TaskCanceledException || (e is AggregateException tries && tries.InnerExceptions[^1] is TaskCanceledException);
}
