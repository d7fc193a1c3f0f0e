using System.Collections.Concurrent;
using Azure.Core;
using Azure.Core.Pipeline;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using SimCse.LocalHost;

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
    private static readonly Uri Server = Start();

    private readonly Uri _answer = Add((
        status, code,
        body.Length > 0 || code is null ? body : $"<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>False.</Message></Error>"));

    public override ValueTask ProcessAsync(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
    {
        var isRead = message.Request.Method == RequestMethod.Get || message.Request.Method == RequestMethod.Head;
        if (isRead == reads && message.Request.Uri.Path.EndsWith(to, StringComparison.Ordinal))
        {
            message.Request.Uri.Reset(_answer);
            message.ResponseClassifier = new OneTry(message.ResponseClassifier);
        }

        return ProcessNextAsync(message, pipeline);
    }

    public override void Process(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline) => throw new NotSupportedException();

    /// <summary>The answers are real, because the client takes the error code only from those that came through its pipeline.</summary>
    private static Uri Start()
    {
        var builder = QuietWebApplication.CreateBuilder(NullLoggerFactory.Instance);
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var server = builder.Build();
        server.Run(AnswerAsync);
        server.Start();
        return server.Address();
    }

    private static Uri Add((int Status, string? Code, string Body) answer)
    {
        var id = $"{Guid.NewGuid():N}";
        Answers[$"/{id}"] = answer;
        return new Uri(Server, id);
    }

    private static async Task AnswerAsync(HttpContext context)
    {
        await context.Request.Body.CopyToAsync(Stream.Null, context.RequestAborted);
        var (status, code, body) = Answers[context.Request.Path];
        context.Response.StatusCode = status;
        if (code is not null)
        {
            context.Response.Headers["x-ms-error-code"] = code;
        }

        if (!HttpMethods.IsHead(context.Request.Method))
        {
            context.Response.ContentType = body.Length > 0 ? "application/xml" : "text/plain";
            await context.Response.WriteAsync(body, context.RequestAborted);
        }
    }

    /// <summary>The client's tries would all end in the same answer, after half a minute.</summary>
    private sealed class OneTry(ResponseClassifier inner) : ResponseClassifier
    {
        public override bool IsErrorResponse(HttpMessage message) => inner.IsErrorResponse(message);

        public override bool IsRetriableResponse(HttpMessage message) => false;
    }
}
