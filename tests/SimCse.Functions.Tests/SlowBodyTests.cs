using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using SimCse.Functions.Http;
using SimCse.Inference;

namespace SimCse.Functions.Tests;

/// <summary>Clients that stop in the middle of a body.</summary>
public sealed class SlowBodyTests(AppFixture app)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>The host notices it first.</summary>
    [Theory]
    [InlineData("/embed", """{"error":"The request's body came too slowly""", "\"error_type\":\"Validation\"")]
    [InlineData("/v1/embeddings", """{"error":{"message":"The request's body came too slowly""", "\"type\":\"invalid_request_error\"")]
    public async Task A_body_that_stops_is_answered_in_the_routes_shape_and_the_connection_ends(string path, string start, string part)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(app.Client.BaseAddress!.Host, app.Client.BaseAddress.Port, Cancellation);
        await using var stream = client.GetStream();
        await stream.WriteAsync(
            Encoding.ASCII.GetBytes($"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{{\"inputs\": "), Cancellation);

        using var reader = new StreamReader(stream, Encoding.UTF8);
        var answer = await reader.ReadToEndAsync(Cancellation);

        Assert.StartsWith("HTTP/1.1 408 ", answer, StringComparison.Ordinal);
        var body = answer.Split("\r\n\r\n", 2)[1].Replace("\\u0027", "'", StringComparison.Ordinal);
        Assert.Contains(start, body, StringComparison.Ordinal);
        Assert.Contains(part, body, StringComparison.Ordinal);
    }

    /// <summary>What only other hosts let happen: they have no such limit, or take an invocation back while its client waits.</summary>
    [Theory]
    [InlineData(408, "Validation", "too slowly")]
    [InlineData(503, "Unhealthy", "The host has ended this request")]
    public async Task What_a_host_leaves_to_the_app_is_answered_in_the_routes_shape(int status, string type, string sentence)
    {
        Exception exception = status == 408 ? new BadHttpRequestException("too slow", status) : new OperationCanceledException();
        await using var encoder = new WarmEncoder(() => throw new InvalidOperationException());
        await using var services = new ServiceCollection().AddLogging().AddSingleton(new RequestMetrics(encoder)).BuildServiceProvider();
        var context = new DefaultHttpContext { RequestServices = services };
        context.Response.Body = new MemoryStream();
        context.Request.Path = "/embed";

        await HttpAnswers.ReplyTo(context, exception).ExecuteAsync(context);

        context.Response.Body.Position = 0;
        using var error = await JsonDocument.ParseAsync(context.Response.Body, cancellationToken: Cancellation);
        Assert.Equal(status, context.Response.StatusCode);
        Assert.Equal(type, error.RootElement.GetProperty("error_type").GetString());
        Assert.Contains(sentence, error.RootElement.GetProperty("error").GetString(), StringComparison.Ordinal);
    }
}
