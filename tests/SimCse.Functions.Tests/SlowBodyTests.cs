using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace SimCse.Functions.Tests;

/// <summary>Clients that stop in the middle of a body.</summary>
public sealed class SlowBodyTests(AppFixture app)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_body_that_stops_is_answered_in_the_routes_shape_and_the_connection_ends()
    {
        using var client = new TcpClient();
        await client.ConnectAsync(app.Client.BaseAddress!.Host, app.Client.BaseAddress.Port, Cancellation);
        await using var stream = client.GetStream();
        await stream.WriteAsync("POST /embed HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{\"inputs\": "u8.ToArray(), Cancellation);

        using var reader = new StreamReader(stream, Encoding.UTF8);
        var answer = await reader.ReadToEndAsync(Cancellation);

        Assert.StartsWith("HTTP/1.1 408 ", answer, StringComparison.Ordinal);
        var from = answer.IndexOf('{', StringComparison.Ordinal);
        using var error = JsonDocument.Parse(answer[from..(answer.LastIndexOf('}') + 1)]);
        Assert.Equal("Validation", error.RootElement.GetProperty("error_type").GetString());
        Assert.Contains("too slowly", error.RootElement.GetProperty("error").GetString(), StringComparison.Ordinal);
    }
}
