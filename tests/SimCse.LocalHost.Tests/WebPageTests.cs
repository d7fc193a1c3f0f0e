using System.Text;
using SimCse.LocalHost.Tests.Worker;
using SimCse.Testing;

namespace SimCse.LocalHost.Tests;

/// <summary>Web pages cannot steer what runs on their reader's machine, unless their origin is allowed.</summary>
public sealed class WebPageTests(AzuriteFixture azurite) : IAsyncDisposable
{
    private const string Page = "http://localhost:3000";

    private TestApp? _app;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync() => await (_app?.DisposeAsync() ?? ValueTask.CompletedTask);

    [Fact]
    public async Task A_request_under_a_foreign_name_or_of_a_foreign_page_is_refused_in_words_and_runs_nothing()
    {
        var port = await StartAsync();
        foreach (var host in (string[])["evil.example", $"evil.example:{port}", "localhost.evil.example", "192.168.0.1", "[2001:db8::1]"])
        {
            Refused(await SendAsync(port, "POST", $"Host: {host}"), "answers to localhost and 127.0.0.1 only");
        }

        string[] foreign = ["https://evil.example", "null", Page, $"http://localhost:{port + 1}", $"https://localhost:{port}"];
        foreach (var origin in foreign)
        {
            // What a page can send without asking first: a form, a fetch with text/plain; and the question of a browser.
            Refused(
                await SendAsync(port, "POST", $"Host: localhost:{port}", $"Origin: {origin}", "Content-Type: text/plain"),
                "is not allowed");
            Refused(
                await SendAsync(port, "OPTIONS", $"Host: localhost:{port}", $"Origin: {origin}", "Access-Control-Request-Method: POST"),
                "is not allowed");
        }

        Refused(
            await SendAsync(port, "POST", $"Host: localhost:{port}", "Origin: null", $"Origin: http://localhost:{port}"), "is not allowed");
        Assert.Equal(0, _app!.Count("Web"));
    }

    [Theory]
    [InlineData("Host: localhost")]
    [InlineData("Host: LOCALHOST:99")]
    [InlineData("Host: simcse.localhost")]
    [InlineData("Host: 127.0.0.1:PORT")]
    [InlineData("Host: [::1]:PORT")]
    [InlineData("Host: localhost:PORT", "Origin: http://localhost:PORT")]
    public async Task The_names_of_this_machine_and_the_apps_own_pages_are_let_in(params string[] headers)
    {
        var port = await StartAsync();

        var answer = await SendAsync(port, "POST", headers);

        Assert.StartsWith("HTTP/1.1 200 ", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("Access-Control", answer, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("GET /api/Web HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n", 400, 0)]
    [InlineData("GET /api/Web HTTP/1.1\r\nHost:  \r\nConnection: close\r\n\r\n", 400, 0)]
    [InlineData("GET /api/Web HTTP/1.0\r\n\r\n", 200, 1)]
    public async Task A_request_must_not_name_an_empty_host(string request, int status, int runs)
    {
        var port = await StartAsync();

        var answer = await RawHttp.SendAsync(port, Encoding.ASCII.GetBytes(request), Cancellation);

        Assert.StartsWith($"HTTP/1.1 {status} ", answer, StringComparison.Ordinal);
        Assert.Equal(runs, _app!.Count("Web"));
    }

    [Fact]
    public async Task Pages_of_an_allowed_origin_are_answered_as_browsers_ask()
    {
        var port = await StartAsync("HTTP://LocalHost:3000/", "https://例え.example:443");

        var preflight = await SendAsync(
            port, "OPTIONS", $"Host: 127.0.0.1:{port}", $"Origin: {Page}", "Access-Control-Request-Method: POST",
            "Access-Control-Request-Headers: authorization,content-type", "Access-Control-Request-Private-Network: true");
        Assert.StartsWith("HTTP/1.1 204 ", preflight, StringComparison.Ordinal);
        Assert.Equal(
            [
                "Access-Control-Allow-Headers: authorization,content-type", "Access-Control-Allow-Methods: POST",
                $"Access-Control-Allow-Origin: {Page}", "Access-Control-Allow-Private-Network: true", "Access-Control-Max-Age: 3600",
                "Vary: Origin",
            ],
            HeaderLines(preflight));
        Assert.Equal(0, _app!.Count("Web"));

        var answer = await SendAsync(port, "POST", $"Host: 127.0.0.1:{port}", $"Origin: {Page}");
        Assert.StartsWith("HTTP/1.1 200 ", answer, StringComparison.Ordinal);
        Assert.Equal(
            [$"Access-Control-Allow-Origin: {Page}", "Access-Control-Expose-Headers: *", "Vary: Origin"], HeaderLines(answer));

        var other = await SendAsync(port, "GET", $"Host: 127.0.0.1:{port}");
        Assert.Equal(["Vary: Origin"], HeaderLines(other)); // what a cache keeps must not serve a page
        Assert.Contains(
            "Access-Control-Allow-Origin: https://xn--r8jz45g.example",
            await SendAsync(port, "POST", $"Host: 127.0.0.1:{port}", "Origin: https://xn--r8jz45g.example"), StringComparison.Ordinal);
        Refused(await SendAsync(port, "POST", $"Host: 127.0.0.1:{port}", "Origin: https://evil.example"), "is not allowed");
    }

    [Fact]
    public async Task A_failure_can_be_read_by_an_allowed_page_too()
    {
        var port = await StartAsync(Page);
        _app!.Answer("Web", new Answer { Throw = "no" });

        var answer = await SendAsync(port, "POST", $"Host: 127.0.0.1:{port}", $"Origin: {Page}");

        Assert.StartsWith("HTTP/1.1 500 ", answer, StringComparison.Ordinal);
        Assert.Contains($"Access-Control-Allow-Origin: {Page}", HeaderLines(answer));
    }

    [Fact]
    public async Task The_recorded_question_of_a_browser_is_answered()
    {
        var recorded = await File.ReadAllTextAsync(SharedData.Require("cases/30-http-cors-preflight/request.http"), Cancellation);
        var port = await StartAsync(Page);

        var answer = await SendAsync(
            port, "OPTIONS", [.. recorded.Split(["\r\n", "\n"], StringSplitOptions.RemoveEmptyEntries).Skip(1)]);

        Assert.StartsWith("HTTP/1.1 204 ", answer, StringComparison.Ordinal);
        Assert.Contains($"Access-Control-Allow-Origin: {Page}", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("*")]
    [InlineData("localhost:3000")]
    [InlineData("null")]
    [InlineData("http://localhost:3000/page")]
    [InlineData("http://user@localhost:3000")]
    public void What_is_no_origin_is_refused(string text)
    {
        var error = Assert.Throws<LocalHostException>(() => new FunctionsHostOptions { AppRoot = "x", AllowedOrigins = [text] });

        Assert.Contains($"'{text}' is no origin; expected", error.Message, StringComparison.Ordinal);
    }

    private async Task<int> StartAsync(params string[] origins)
    {
        _app = new TestApp(azurite.ConnectionString, "Web");
        _app.Options = _app.Options with { AllowedOrigins = origins };
        return (await _app.StartAsync()).BaseAddress.Port;
    }

    private static Task<string> SendAsync(int port, string method, params string[] headers) => RawHttp.SendAsync(
        port, [$"{method} /api/Web HTTP/1.1", .. headers.Select(line => line.Replace("PORT", $"{port}", StringComparison.Ordinal))],
        Cancellation, method == "POST" ? """{"source": "a.txt"}""" : "");

    private static void Refused(string answer, string because)
    {
        Assert.StartsWith("HTTP/1.1 403 ", answer, StringComparison.Ordinal);
        Assert.Contains(because, answer, StringComparison.Ordinal);
        Assert.DoesNotContain("Access-Control-Allow-Origin", answer, StringComparison.Ordinal);
    }

    /// <summary>The headers that are for browsers, in order.</summary>
    private static IEnumerable<string> HeaderLines(string answer) => answer.Split("\r\n\r\n")[0].Split("\r\n")
        .Where(line => line.StartsWith("Access-Control", StringComparison.Ordinal) || line.StartsWith("Vary", StringComparison.Ordinal))
        .Order(StringComparer.Ordinal);
}
