using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace SimCse.Benchmarks.Http;

/// <summary>
/// One persistent connection that posts texts to <c>/embed</c>. It uses a bare socket, because the load generator shares its cores with the
/// measured app, and <see cref="HttpClient"/> would use more of them than the app. Reads HTTP/1.1 answers with either framing.
/// </summary>
internal sealed class LoadConnection : IDisposable
{
    private const int BufferBytes = 1 << 18; // larger than an answer with eight vectors

    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] _buffer = new byte[BufferBytes];
    private readonly Uri _url;
    private int _end;

    private LoadConnection(Uri url) => _url = url;

    /// <summary>The body of the last answer, without the framing between its chunks.</summary>
    public ReadOnlyMemory<byte> Body { get; private set; }

    public static async Task<LoadConnection> OpenAsync(Uri url)
    {
        var connection = new LoadConnection(url);
        await connection._socket.ConnectAsync(IPAddress.Loopback, url.Port);
        return connection;
    }

    /// <summary>Makes a whole request, which can be sent many times.</summary>
    public static byte[] Request(Uri url, IEnumerable<string> texts)
    {
        var inputs = texts.Select(text => $"\"{System.Text.Json.JsonEncodedText.Encode(text)}\"");
        var body = Encoding.UTF8.GetBytes($$"""{"inputs": [{{string.Join(", ", inputs)}}]}""");
        return
        [
            .. Encoding.ASCII.GetBytes(
                $"POST /embed HTTP/1.1\r\nHost: {url.Authority}\r\nContent-Type: application/json\r\nContent-Length: " +
                $"{body.Length}\r\n\r\n"),
            .. body,
        ];
    }

    /// <returns>The status of the complete answer, and the value of <c>Retry-After</c>.</returns>
    /// <exception cref="IOException">The connection ended, or the data is not an answer.</exception>
    public async Task<(int Status, TimeSpan RetryAfter)> SendAsync(byte[] request)
    {
        await _socket.SendAsync(request);
        _end = 0;
        int headers;
        while ((headers = _buffer.AsSpan(0, _end).IndexOf("\r\n\r\n"u8)) < 0)
        {
            await ReceiveAsync();
        }

        var head = Encoding.ASCII.GetString(_buffer, 0, headers);
        var start = headers + 4;
        if (Header(head, "Content-Length") is { } length)
        {
            await ReceiveUntilAsync(start + int.Parse(length, CultureInfo.InvariantCulture));
            Body = _buffer.AsMemory(start, int.Parse(length, CultureInfo.InvariantCulture));
        }
        else
        {
            Body = await ReceiveChunksAsync(start);
        }

        var retryAfter = Header(head, "Retry-After") is { } seconds ? double.Parse(seconds, CultureInfo.InvariantCulture) : 0;
        return (int.Parse(head.AsSpan("HTTP/1.1 ".Length, 3), CultureInfo.InvariantCulture), TimeSpan.FromSeconds(retryAfter));
    }

    public void Dispose() => _socket.Dispose();

    private async Task<ReadOnlyMemory<byte>> ReceiveChunksAsync(int start)
    {
        var (read, written) = (start, start);
        while (true)
        {
            int line;
            while ((line = _buffer.AsSpan(read, _end - read).IndexOf("\r\n"u8)) < 0)
            {
                await ReceiveAsync();
            }

            var size = int.Parse(Encoding.ASCII.GetString(_buffer, read, line), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            read += line + 2;
            await ReceiveUntilAsync(read + size + 2);
            Buffer.BlockCopy(_buffer, read, _buffer, written, size);
            (read, written) = (read + size + 2, written + size);
            if (size == 0)
            {
                return _buffer.AsMemory(start, written - start);
            }
        }
    }

    private async Task ReceiveUntilAsync(int end)
    {
        while (_end < end)
        {
            await ReceiveAsync();
        }
    }

    private async Task ReceiveAsync()
    {
        var received = await _socket.ReceiveAsync(_buffer.AsMemory(_end));
        _end += received > 0 ? received : throw new IOException($"{_url} ended the connection after {_end} bytes of an answer.");
    }

    private static string? Header(string head, string name)
    {
        var at = head.IndexOf($"\r\n{name}: ", StringComparison.OrdinalIgnoreCase);
        if (at < 0)
        {
            return null;
        }

        var value = at + name.Length + 4;
        var end = head.IndexOf('\r', value);
        return end < 0 ? head[value..] : head[value..end];
    }
}
