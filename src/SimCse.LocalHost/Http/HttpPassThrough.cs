using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.AspNetCore.Http.Features;

namespace SimCse.LocalHost;

/// <summary>
/// Hands a whole request to the handler and its answer back, whatever the status. Two ways: proxying streams both bodies; forwarding, the older one,
/// rebuilds the request, with a body only when its length was announced, and buffers.
/// </summary>
/// <remarks>Source: DefaultHttpWorkerService.cs and DefaultHttpProxyService.cs of Azure/azure-functions-host.</remarks>
internal sealed class HttpPassThrough(HttpClient http, bool streams)
{
    /// <summary>They belong to one connection, not to the message.</summary>
    private static readonly HashSet<string> ConnectionHeaders = new(StringComparer.OrdinalIgnoreCase)
    {
        "Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "Proxy-Connection", "TE", "Trailer", "Transfer-Encoding", "Upgrade",
    };

    public async Task SendAsync(HttpContext context, HandlerProcess process, Guid invocationId, CancellationToken cancellationToken)
    {
        using var request = CreateRequest(context, process, invocationId);
        var completion = streams ? HttpCompletionOption.ResponseHeadersRead : HttpCompletionOption.ResponseContentRead;
        using var answer = await http.SendAsync(request, completion, cancellationToken);
        context.Response.StatusCode = (int)answer.StatusCode;
        foreach (var (name, values) in answer.Headers.Concat(answer.Content.Headers).Where(header => !ConnectionHeaders.Contains(header.Key)))
        {
            context.Response.Headers[name] = values.ToArray();
        }

        if (streams)
        {
            context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        }

        await using var body = await answer.Content.ReadAsStreamAsync(cancellationToken);
        await body.CopyToAsync(context.Response.Body, cancellationToken);
    }

    private HttpRequestMessage CreateRequest(HttpContext context, HandlerProcess process, Guid invocationId)
    {
        var incoming = context.Request;
        // The encoded path and query, exactly as they came.
        var target = new Uri(process.BaseAddress, UriHelper.BuildRelative(incoming.PathBase, incoming.Path, incoming.QueryString));
        var request = new HttpRequestMessage(new HttpMethod(incoming.Method), target);
        if (HasBody(context))
        {
            request.Content = new StreamContent(incoming.Body);
        }

        foreach (var (name, values) in incoming.Headers.Where(header => !ConnectionHeaders.Contains(header.Key)))
        {
            // The proxy addresses the handler by its own name; forwarding copies this header too.
            if ((streams && name.Equals("Host", StringComparison.OrdinalIgnoreCase))
                || request.Headers.TryAddWithoutValidation(name, values.ToArray()))
            {
                continue;
            }

            request.Content?.Headers.TryAddWithoutValidation(name, values.ToArray());
        }

        HandlerClient.AddHeaders(request, invocationId);
        return request;
    }

    private bool HasBody(HttpContext context)
        => streams ? context.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody ?? false : context.Request.ContentLength > 0;
}
