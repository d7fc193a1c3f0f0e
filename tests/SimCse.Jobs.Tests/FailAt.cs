using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Azure.Core;
using Azure.Core.Pipeline;
using SimCse.Testing;

namespace SimCse.Jobs.Tests;

/// <summary>Storage that gives a false answer to requests for some blobs instead of carrying them out.</summary>
/// <param name="to">What the path of a request ends in.</param>
/// <param name="status">The HTTP status of the answer.</param>
/// <param name="code">The error code of the answer; <see langword="null"/> for an answer that is not of storage itself.</param>
/// <param name="reads">Whether reads are answered falsely; otherwise writes are.</param>
/// <param name="body">The content of the answer in place of the XML with its code; it says that it is XML, too.</param>
internal sealed class FailAt(string to, int status, string? code, bool reads = false, string body = "") : HttpPipelinePolicy
{
    private static readonly ConcurrentDictionary<string, (int Status, string? Code, string Body)> Answers = new();
    private static readonly HttpListener Server = Start();

    private readonly Uri _answer = Add((
        status, code,
        body.Length > 0 || code is null ? body : $"<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>False.</Message></Error>"));

    public override ValueTask ProcessAsync(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
    {
        var isRead = message.Request.Method == RequestMethod.Get || message.Request.Method == RequestMethod.Head;
        if (isRead == reads && message.Request.Uri.Path.EndsWith(to, StringComparison.Ordinal))
        {
            message.Request.Uri.Reset(_answer);
        }

        return ProcessNextAsync(message, pipeline);
    }

    public override void Process(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline) => throw new NotSupportedException();

    /// <summary>The answers are real, because the client takes the error code only from those that came through its pipeline.</summary>
    private static HttpListener Start()
    {
        var server = new HttpListener();
        server.Prefixes.Add($"http://127.0.0.1:{FreePort.Find()}/");
        server.Start();
        _ = Task.Run(() => AnswerAsync(server));
        return server;
    }

    private static Uri Add((int Status, string? Code, string Body) answer)
    {
        var id = $"{Guid.NewGuid():N}";
        Answers[$"/{id}"] = answer;
        return new Uri(Server.Prefixes.Single() + id);
    }

    private static async Task AnswerAsync(HttpListener server)
    {
        while (true)
        {
            var context = await server.GetContextAsync();
            await context.Request.InputStream.CopyToAsync(Stream.Null);
            var (status, code, body) = Answers[context.Request.Url!.AbsolutePath];
            context.Response.StatusCode = status;
            if (code is not null)
            {
                context.Response.Headers["x-ms-error-code"] = code;
            }

            var isHead = context.Request.HttpMethod == "HEAD";
            context.Response.ContentType = isHead ? null : body.Length > 0 ? "application/xml" : "text/plain";
            context.Response.Close(isHead ? [] : Encoding.UTF8.GetBytes(body), willBlock: false);
        }
    }
}
