using System.Net;
using SimCse.Testing;

namespace SimCse.Functions.Tests;

/// <summary>Requests that no HTTP client would send: each is answered or refused, and the app goes on.</summary>
public sealed class StrangeRequestTests(AppFixture app)
{
    private const int Random = 250;

    /// <summary>Bytes that mean something in a request's line, to a path or to an encoding.</summary>
    private static readonly string[] Pieces =
    [
        "/", "//", ".", "..", "%", "%2", "%2f", "%2F..%2f", "%00", "%0a", "%0d%0a", "%1b", "%25", "%c3%28", "%ed%a0%80", "%ff",
        "%F0%9F%98%80", "?", "&", "=", "#", "+", "\\", "*", ";", ":", "@", "[", "{job}", "<", "\"", "\t", "\u0001", "\u007f",
        "\u0080", "\u009b", "\u00ff", "\u00c3\u0028", "api", "jobs", "embed", "health", "a", "0", "code=",
    ];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private int Port => app.App.Host.BaseAddress.Port;

    [Theory]
    [InlineData("GET /%")]
    [InlineData("GET /%00")]
    [InlineData("GET /%ff%fe")]
    [InlineData("GET /api/jobs/%00")]
    [InlineData("GET /api/jobs/%ff")]
    [InlineData("GET /api/jobs/%ed%a0%80")]
    [InlineData("GET /api/jobs/%ef%bf%be")]
    [InlineData("GET /api/jobs/a%0d%0ab")]
    [InlineData("POST /api/jobs/a%0ab/retry")]
    [InlineData("POST /api/jobs/%2e%2e%2f%2e%2e/cancel")]
    [InlineData("POST /api/jobs/..%5c../cancel")]
    [InlineData("GET /api/jobs/%E7%8C%AB%F0%9F%98%80")]
    [InlineData("GET /api/jobs/%3Fcomp=list")]
    [InlineData("GET /api/jobs/a%2Fb%2Fc")]
    [InlineData("GET /api/jobs/LONG")]
    [InlineData("POST /api/jobs/LONG/retry")]
    [InlineData("GET /health/%00")]
    [InlineData("GET /health/ready?%00=%ff&code=%ed%a0%80")]
    [InlineData("GET /info?code=\u00ff\u0080")]
    [InlineData("GET //embed")]
    [InlineData("GET *")]
    [InlineData("OPTIONS *")]
    [InlineData("GET http://localhost/info")]
    [InlineData("CONNECT localhost:80")]
    [InlineData("get /info")]
    [InlineData("\u0001\u009b /info")]
    [InlineData("TRACE /embed")]
    public Task Lines(string line) => AnsweredAsync(
        [$"{line.Replace("LONG", new string('x', 7_000), StringComparison.Ordinal)} HTTP/1.1", "Host: localhost"], "");

    [Theory]
    [InlineData("x-a: \u0001\u001b\u009b")]
    [InlineData("x-a: \u00ff\u00c3\u0028")]
    [InlineData("x-a: a\0b")]
    [InlineData("x-\u00e9: a")]
    [InlineData("x a: b")]
    [InlineData(": b")]
    [InlineData("x-functions-key: \u00ff\u0080")]
    [InlineData("traceparent: \u00ff", "tracestate: \u00ff=\u00fe")]
    [InlineData("traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "tracestate: \u00ff\u00fe,=,,")]
    [InlineData("x-ms-invocation-id: 00000000-0000-0000-0000-000000000000")]
    [InlineData("Cookie: a=\u00ff; \u0080")]
    [InlineData("Origin: \u00ff")]
    [InlineData("Referer: \u00ff", "User-Agent: \u009b\u00ff")]
    [InlineData("Accept: \u00ff", "Accept-Encoding: \u00ff", "Accept-Language: \u00ff")]
    [InlineData("Content-Type: \u00ff")]
    [InlineData("Content-Type: application/json; charset=\u00ff")]
    [InlineData("Content-Encoding: gzip")]
    [InlineData("Content-Length: 5")]
    [InlineData("Content-Length: -1")]
    [InlineData("Content-Language: \u00ff", "Content-Disposition: \u00ff", "Content-MD5: \u00ff")]
    [InlineData("Expires: \u00ff", "Last-Modified: \u00ff", "Allow: \u00ff")]
    [InlineData("Transfer-Encoding: gzip")]
    [InlineData("Transfer-Encoding: chunked, \u00ff")]
    [InlineData("Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Key: x", "Sec-WebSocket-Version: 13")]
    [InlineData("Connection: \u00ff", "TE: \u00ff", "Trailer: \u00ff")]
    [InlineData("Expect: \u00ff")]
    [InlineData("Range: bytes=\u00ff", "If-Match: \u00ff", "If-Modified-Since: \u00ff")]
    [InlineData("X-Forwarded-For: \u00ff", "X-Forwarded-Host: \u00ff", "X-Forwarded-Proto: \u00ff", "Forwarded: \u00ff")]
    [InlineData("Host: another")]
    [InlineData("Date: \u00ff", "Via: \u00ff", "Warning: \u00ff", "Pragma: \u00ff", "Authorization: \u00ff")]
    public Task Headers(params string[] headers) =>
        AnsweredAsync(["POST /embed HTTP/1.1", "Host: localhost", .. headers], """{"inputs": "猫"}""");

    [Theory]
    [InlineData(1, 31_000)]
    [InlineData(1, 200_000)]
    [InlineData(95, 10)]
    [InlineData(90, 340)]
    [InlineData(2_000, 1)]
    public Task Many_or_long_headers(int count, int length) => AnsweredAsync(
        ["GET /info HTTP/1.1", "Host: localhost", .. Enumerable.Range(0, count).Select(i => $"x-{i}: {new string('\u00e9', length)}")], "");

    [Theory]
    [InlineData("""{"inputs": "\ud800", "input": "\ud800", "source": "\ud800.txt", "ids": ["\udc00"]}""")]
    [InlineData("""{"\ud800": 1, "inputs": "a", "input": "a", "source": "a.txt", "options": {"\ud800": 1}}""")]
    [InlineData("""{"inputs": "a\u0000\u001b\u009b\u202e", "input": "\u0000", "source": "a\u0000.txt"}""")]
    [InlineData("""{"inputs": ["\ufffe"], "input": ["\uffff"], "source": "a\ufffe.txt"}""")]
    [InlineData("""{"inputs": "a", "dimensions": 1e999, "input": "a", "source": "a\n.txt"}""")]
    [InlineData("""{"inputs": [2147483648, -1], "input": [[1e3]], "ids": [9223372036854775807], "source": "../models/x.txt"}""")]
    [InlineData("""{"inputs": {"source_sentence": "\ud800", "sentences": ["\udc00"]}, "input": null, "source": "/%00.txt"}""")]
    [InlineData("""{"inputs": "a", "inputs": "\ud800", "truncation_direction": "\ud800", "prompt_name": "\ud800", "source": "?.txt"}""")]
    [InlineData("""{"inputs": "a", "encoding_format": "\ud800", "input": "a", "source": "a\\b\u0085.jsonl.gz"}""")]
    public async Task Bodies(string body)
    {
        foreach (var path in (string[])["/v1/embeddings", "/embed", "/similarity", "/tokenize", "/decode", "/api/embed", "/api/jobs"])
        {
            await AnsweredAsync([$"POST {path} HTTP/1.1", "Host: localhost"], body, inWords: true);
        }
    }

    [Fact]
    public async Task Anything_at_random()
    {
        var random = new Random(13);
        for (var i = 0; i < Random; i++)
        {
            var target = string.Concat(Enumerable.Range(0, random.Next(1, 9)).Select(_ => Pieces[random.Next(Pieces.Length)]));
            var method = random.Next(4) switch { 0 => "GET", 1 => "POST", 2 => "OPTIONS", _ => "X" };
            var header = string.Concat(Enumerable.Range(0, random.Next(20)).Select(_ => (char)random.Next(0x100))).Replace('\n', ' ');
            await AnsweredAsync([$"{method} /{target} HTTP/1.1", "Host: localhost", $"x-a: {header}"], Fuzz.Text(random, 30));
        }

        Assert.DoesNotContain("unhandled", app.App.Output, StringComparison.OrdinalIgnoreCase);
    }

    private async Task AnsweredAsync(IEnumerable<string> head, string body, bool inWords = false)
    {
        var worker = Assert.Single(app.App.Host.Workers).ProcessId;
        var answer = await RawHttp.SendAsync(Port, head, Cancellation, body);

        // Without an answer, the connection was broken before the request was complete, which the next request must not notice.
        var status = answer.Length == 0 ? 0 : int.Parse(answer.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);
        Assert.True(status is 0 or (>= 200 and < 500), $"{string.Join(" | ", head)} {body} → {answer}");
        if (inWords && status >= 400)
        {
            Assert.Contains("\"error\":", answer, StringComparison.Ordinal);
            Assert.DoesNotContain("Exception", answer, StringComparison.Ordinal);
        }

        Assert.Equal(worker, Assert.Single(app.App.Host.Workers).ProcessId);
        Assert.Equal(HttpStatusCode.OK, (await app.Client.GetReplyAsync("/health/live")).Status);
    }
}
