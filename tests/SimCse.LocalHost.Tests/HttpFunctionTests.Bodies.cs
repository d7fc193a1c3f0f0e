using System.Net;
using System.Net.Sockets;
using System.Text;
using SimCse.LocalHost.Tests.Worker;

namespace SimCse.LocalHost.Tests;

public sealed partial class HttpFunctionTests
{
    [Fact]
    public async Task A_body_of_unknown_length_is_passed_on()
    {
        var app = App("Web");
        var host = await app.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(host.BaseAddress, "api/Web"))
        {
            Content = new StringContent("body"),
        };
        request.Headers.TransferEncodingChunked = true;

        using var response = await _http.SendAsync(request, Cancellation);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("body", (await app.InvocationAsync("Web")).Body);
    }

    [Theory]
    [InlineData("POST /api/Web HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nno length\r\n", "HTTP/1.1 400 ")]
    [InlineData("POST /api/Web HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\ntoo slow", "HTTP/1.1 408 ")]
    public async Task A_body_that_is_broken_or_too_slow_is_the_clients_own_error(string request, string answer)
    {
        var app = App("Web");
        var host = await app.StartAsync();
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, host.BaseAddress.Port, Cancellation);
        await using var stream = client.GetStream();

        await stream.WriteAsync(Encoding.ASCII.GetBytes(request), Cancellation);

        using var reader = new StreamReader(stream, Encoding.ASCII);
        Assert.StartsWith(answer, await reader.ReadLineAsync(Cancellation), StringComparison.Ordinal);
        await app.LoggedAsync("Executed 'Functions.Web' (Cancelled");
        AssertNoErrorOfOurs(app);
        Assert.Equal(1, app.Count("start"));
    }

    [Fact]
    public async Task A_broken_body_is_answered_without_waiting_for_the_function()
    {
        var app = App("Web");
        app.Answer("Web", new Answer { ReadsBody = false, WaitFor = "go", IsDeaf = true });
        var host = await app.StartAsync();
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, host.BaseAddress.Port, Cancellation);
        await using var stream = client.GetStream();
        await stream.WriteAsync(
            "POST /api/Web HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"u8.ToArray(), Cancellation);
        await app.InvocationAsync("Web");

        await stream.WriteAsync("no length\r\n"u8.ToArray(), Cancellation);

        using var reader = new StreamReader(stream, Encoding.ASCII);
        Assert.StartsWith("HTTP/1.1 400 ", await reader.ReadLineAsync(Cancellation), StringComparison.Ordinal);
        Assert.DoesNotContain(app.Logs.Lines, line => line.Message.StartsWith("Executed", StringComparison.Ordinal));
        app.Signal("go");
        await app.LoggedAsync("Executed 'Functions.Web' (Cancelled");
    }

    [Fact]
    public async Task A_body_over_100_MiB_is_refused()
    {
        var app = App("Web");
        var host = await app.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(host.BaseAddress, "api/Web"))
        {
            Content = new ByteArrayContent(new byte[104_857_601]),
        };
        request.Headers.ExpectContinue = true;

        using var response = await _http.SendAsync(request, Cancellation);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        Assert.Equal(0, app.Count("Web"));
    }
}
