using System.Net;
using System.Net.Sockets;
using System.Text;

namespace SimCse.Testing;

/// <summary>Sends bytes as they are, which no HTTP client would do.</summary>
public static class RawHttp
{
    /// <summary>Sends a request to a loopback port and returns everything that comes back until the connection ends.</summary>
    public static async Task<string> SendAsync(int port, byte[] request, CancellationToken cancellationToken)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, port, cancellationToken);
        await using var stream = client.GetStream();
        using var answer = new MemoryStream();
        try
        {
            await stream.WriteAsync(request, cancellationToken);
            await stream.CopyToAsync(answer, cancellationToken);
        }
        catch (IOException)
        {
            // The server has ended the connection before it had read everything; what it has answered counts.
        }

        return Encoding.UTF8.GetString(answer.ToArray());
    }

    /// <summary>Sends the lines of a request's head and its body, after which the server ends the connection.</summary>
    public static Task<string> SendAsync(int port, IEnumerable<string> head, CancellationToken cancellationToken, string body = "")
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        string[] lines = [.. head, "Connection: close", $"Content-Length: {bytes.Length}", "", ""];
        return SendAsync(port, [.. Encoding.Latin1.GetBytes(string.Join("\r\n", lines)), .. bytes], cancellationToken);
    }
}
