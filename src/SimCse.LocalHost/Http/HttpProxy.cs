using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Http;
using SimCse.LocalHost.Protocol;
using SimCse.LocalHost.Worker;
using Yarp.ReverseProxy.Forwarder;

namespace SimCse.LocalHost.Http;

/// <summary>
/// Passes requests to workers with YARP, as the real host does: both bodies are streamed, and a header connects the request with its
/// invocation. Another header tells the app that the request comes from its host. Thread-safe.
/// </summary>
/// <remarks>Source: DefaultHttpProxyService.cs of Azure/azure-functions-host at 89dc438d.</remarks>
internal sealed class HttpProxy(IHttpForwarder forwarder, string secret) : IDisposable
{
    /// <summary>The header with the secret.</summary>
    public const string SecretHeader = "x-simcse-proxy-secret";

    /// <summary>The host gives up a request after so long without data from the worker.</summary>
    private static readonly ForwarderRequestConfig Config = new() { ActivityTimeout = TimeSpan.FromSeconds(240) };

    private readonly HttpMessageInvoker _client = new(new SocketsHttpHandler
    {
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        RequestHeaderEncodingSelector = (_, _) => Encoding.UTF8, // the encoding in which they were read
        ActivityHeadersPropagator = null,
        ConnectTimeout = TimeSpan.FromSeconds(15),
        ConnectCallback = ConnectAsync,
    });

    /// <summary>
    /// Copies the request to the worker and its response back. On failure it sets the response's status, unless the response has begun.
    /// </summary>
    /// <exception cref="InvocationFailedException">The worker did not take or answer the request, or the client gave it up.</exception>
    public async Task ForwardAsync(HttpContext context, ReadyWorker worker, InvocationRequest invocation, CancellationToken failed)
    {
        var uri = worker.HttpUri ?? throw new InvocationFailedException("The worker does not say where it takes HTTP requests.");
        var error = await forwarder.SendAsync(context, uri.AbsoluteUri, _client, Config, new Joined(invocation, secret), failed);
        if (error == ForwarderError.None)
        {
            return;
        }

        var cause = new ForwardingException(
            $"{error}: {context.GetForwarderErrorFeature()?.Exception?.Message}", context.Response.StatusCode);
        throw error is ForwarderError.RequestBodyClient or ForwarderError.ResponseBodyClient
            || context.RequestAborted.IsCancellationRequested
            ? new InvocationFailedException($"The client went away, or its request is broken ({cause.Message}).", cause) { GivenUp = true }
            : new InvocationFailedException($"The request could not be passed to the worker ({cause.Message}).", cause);
    }

    public void Dispose() => _client.Dispose();

    /// <summary>Connects to a worker, and retries until it opens its HTTP port, a moment after it has loaded its functions.</summary>
    private static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        while (true)
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused)
            {
                socket.Dispose();
                await Task.Delay(50, cancellationToken);
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }
    }

    private sealed class Joined(InvocationRequest invocation, string secret) : HttpTransformer
    {
        public override async ValueTask TransformRequestAsync(
            HttpContext httpContext, HttpRequestMessage proxyRequest, string destinationPrefix, CancellationToken cancellationToken)
        {
            await base.TransformRequestAsync(httpContext, proxyRequest, destinationPrefix, cancellationToken);
            Set("x-ms-invocation-id", invocation.InvocationId);
            Set("traceparent", invocation.TraceContext.TraceParent);
            Set(SecretHeader, secret);

            void Set(string name, string value)
            {
                proxyRequest.Headers.Remove(name);
                proxyRequest.Headers.TryAddWithoutValidation(name, value);
            }
        }
    }
}

/// <summary>A request that YARP could not pass on, with the status for the client.</summary>
internal sealed class ForwardingException(string message, int statusCode) : Exception(message)
{
    public int StatusCode => statusCode;
}
