using Azure.Core;
using Azure.Core.Pipeline;

namespace SimCse.Cli.Destinations;

/// <summary>Proves requests with a key in a header.</summary>
internal sealed class KeyPolicy(string header, string key) : HttpPipelineSynchronousPolicy
{
    public override void OnSendingRequest(HttpMessage message) => message.Request.Headers.SetValue(header, key);
}
