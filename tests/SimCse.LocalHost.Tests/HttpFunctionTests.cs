using System.Net;
using System.Net.Http.Headers;
using System.Text;
using SimCse.LocalHost.Tests.Handler;
using SimCse.Testing;

namespace SimCse.LocalHost.Tests;

/// <summary>HTTP functions, described as JSON, forwarded and proxied.</summary>
public sealed class HttpFunctionTests(AzuriteFixture azurite) : IAsyncDisposable
{
    private readonly TestApp _app = new(azurite.ConnectionString);
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false });

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _app.DisposeAsync();
    }

    [Fact]
    public async Task A_request_is_described_as_JSON_and_the_described_response_is_given()
    {
        Prefix("api");
        _app.Function("Item", Bindings.HttpTrigger("items/{id:int}", "get", "post"), Bindings.HttpOutput());
        _app.Answer("Item", new Answer { Body = """{"Outputs":{"res":{"statusCode":201,"headers":{"X-Made":"here"},"body":{"名":"猫"}}}}""" });
        var host = await _app.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(host.BaseAddress, "api/items/7?q=a%20b")) { Content = new StringContent("本文") };
        request.Headers.Add("X-Test", "one");

        using var response = await _http.SendAsync(request, Cancellation);

        Golden.Matches("http", (await _app.RequestAsync("Item")).Json);
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        Assert.Equal("here", response.Headers.GetValues("X-Made").Single());
        Assert.Equal("application/json", response.Content.Headers.ContentType!.MediaType);
        Assert.Equal("""{"名":"猫"}""", await response.Content.ReadAsStringAsync(Cancellation));
    }

    [Fact]
    public async Task A_binary_body_is_described_as_base64()
    {
        _app.Function("Web", Bindings.HttpTrigger(), Bindings.HttpOutput());
        var host = await _app.StartAsync();
        using var content = new ByteArrayContent([0xff, 0x00]) { Headers = { ContentType = new("application/octet-stream") } };

        await _http.PostAsync(new Uri(host.BaseAddress, "Web"), content, Cancellation);

        Assert.Equal("/wA=", (await _app.RequestAsync("Web")).Json["Data"]!["req"]!["Body"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("function", null, "", HttpStatusCode.Unauthorized)]
    [InlineData(null, null, "", HttpStatusCode.Unauthorized)] // function is the default
    [InlineData("function", "secret", "", HttpStatusCode.OK)]
    [InlineData("function", null, "?code=secret", HttpStatusCode.OK)]
    [InlineData("function", "Secret", "", HttpStatusCode.Unauthorized)]
    [InlineData("function", "wrong", "?code=secret", HttpStatusCode.Unauthorized)]
    [InlineData("admin", "secret", "", HttpStatusCode.OK)]
    [InlineData("Anonymous", null, "", HttpStatusCode.OK)]
    public async Task A_key_is_asked_for_when_there_is_one(string? level, string? header, string query, HttpStatusCode expected)
    {
        Mode("enableProxyingHttpRequest");
        var trigger = Bindings.HttpTrigger();
        trigger["authLevel"] = level;
        _app.Function("Web", trigger, Bindings.HttpOutput());
        _app.Options = _app.Options with { FunctionKey = "secret" };
        var host = await _app.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(host.BaseAddress, $"Web{query}"));
        if (header is not null)
        {
            request.Headers.Add("x-functions-key", header);
        }

        using var response = await _http.SendAsync(request, Cancellation);

        Assert.Equal(expected, response.StatusCode);
    }

    [Theory]
    [InlineData("""{"Outputs":{"res":"text"}}""", HttpStatusCode.OK, "text")]
    [InlineData("""{"Outputs":{"res":{"status":"404","body":"none"}}}""", HttpStatusCode.NotFound, "none")]
    [InlineData("""{"ReturnValue":{"res":{"body":"returned"}}}""", HttpStatusCode.OK, "returned")]
    [InlineData("{}", HttpStatusCode.NoContent, "")]
    [InlineData("""{"Outputs":{"res":{"statusCode":"teapot"}}}""", HttpStatusCode.InternalServerError, "")]
    [InlineData("broken", HttpStatusCode.InternalServerError, "")]
    public async Task Outputs_become_the_response(string answer, HttpStatusCode status, string body)
    {
        _app.Function("Web", Bindings.HttpTrigger(), Bindings.HttpOutput());
        _app.Answer("Web", new Answer { Body = answer });
        var host = await _app.StartAsync();

        using var response = await _http.GetAsync(new Uri(host.BaseAddress, "Web"), Cancellation);

        Assert.Equal((status, body), (response.StatusCode, await response.Content.ReadAsStringAsync(Cancellation)));
    }

    [Theory]
    [InlineData("enableProxyingHttpRequest")]
    [InlineData("enableForwardingHttpRequest")]
    public async Task A_request_is_passed_on_with_its_path_and_its_answer_comes_back_as_it_is(string mode)
    {
        Mode(mode);
        Prefix("api");
        _app.Function("Item", Bindings.HttpTrigger("items/{name}", "post"), Bindings.HttpOutput());
        _app.Answer("api_items_猫", new Answer { Status = 303, ContentType = "text/html; charset=utf-8", Body = "本文", Headers = new Dictionary<string, string> { ["Location"] = "/x" } });
        var host = await _app.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(host.BaseAddress, "api/items/%E7%8C%AB?q=a%20b&q=%2F"));
        request.Content = new StringContent("""{"inputs":"犬"}""", Encoding.UTF8, new MediaTypeHeaderValue("application/json"));
        request.Headers.Add("X-Test", ["one", "two"]);

        using var response = await _http.SendAsync(request, Cancellation);

        var received = await _app.RequestAsync("api_items_猫");
        Assert.Equal(("POST", "/api/items/猫", "?q=a%20b&q=%2F"), (received.Method, received.Path, received.Query));
        Assert.Equal("""{"inputs":"犬"}""", received.Body);
        Assert.Equal("application/json", received.Headers["Content-Type"]);
        Assert.Equal("one,two", received.Headers["X-Test"].Replace(" ", "", StringComparison.Ordinal));
        Assert.True(Guid.TryParse(received.Headers["X-Azure-Functions-InvocationId"], out _));
        Assert.Contains("X-Azure-Functions-HostVersion", received.Headers.Keys);
        Assert.Equal(HttpStatusCode.SeeOther, response.StatusCode);
        Assert.Equal("/x", response.Headers.Location!.ToString());
        Assert.Equal("text/html; charset=utf-8", response.Content.Headers.ContentType!.ToString());
        Assert.Equal("本文", await response.Content.ReadAsStringAsync(Cancellation));
    }

    [Theory]
    [InlineData("enableProxyingHttpRequest", "body")]
    [InlineData("enableForwardingHttpRequest", "")]
    public async Task A_body_of_unknown_length_is_lost_by_forwarding_only(string mode, string received)
    {
        Mode(mode);
        _app.Function("Web", Bindings.HttpTrigger(), Bindings.HttpOutput());
        var host = await _app.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(host.BaseAddress, "Web")) { Content = new StringContent("body") };
        request.Headers.TransferEncodingChunked = true;

        using var response = await _http.SendAsync(request, Cancellation);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(received, (await _app.RequestAsync("Web")).Body);
    }

    [Theory]
    [InlineData("enableProxyingHttpRequest")]
    [InlineData("enableForwardingHttpRequest")]
    public async Task A_client_that_goes_away_ends_its_request_at_the_handler(string mode)
    {
        Mode(mode);
        _app.Function("Web", Bindings.HttpTrigger(), Bindings.HttpOutput());
        _app.Answer("Web", new Answer { WaitFor = "what-never-comes" }, new Answer());
        var host = await _app.StartAsync();
        using var givesUp = new CancellationTokenSource();

        var request = _http.GetAsync(new Uri(host.BaseAddress, "Web"), givesUp.Token);
        await _app.RequestAsync("Web");
        await givesUp.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => request);
        await _app.GaveUpAsync("what-never-comes");
        Assert.Equal("{}", await _http.GetStringAsync(new Uri(host.BaseAddress, "Web"), Cancellation));
    }

    [Fact]
    public async Task A_proxied_answer_is_streamed()
    {
        Mode("enableProxyingHttpRequest");
        _app.Function("Web", Bindings.HttpTrigger(), Bindings.HttpOutput());
        _app.Answer("Web", new Answer { Body = "firstsecond", WaitInTheMiddle = true, WaitFor = "go" });
        var host = await _app.StartAsync();

        using var response = await _http.GetAsync(new Uri(host.BaseAddress, "Web"), HttpCompletionOption.ResponseHeadersRead, Cancellation);
        await using var body = await response.Content.ReadAsStreamAsync(Cancellation);
        var half = new byte[5];
        await body.ReadExactlyAsync(half, Cancellation);
        _app.Signal("go");
        using var rest = new StreamReader(body);

        Assert.Equal("first", Encoding.UTF8.GetString(half));
        Assert.Equal("second", await rest.ReadToEndAsync(Cancellation));
    }

    [Theory]
    [InlineData("enableProxyingHttpRequest", HttpStatusCode.BadGateway)]
    [InlineData("enableForwardingHttpRequest", HttpStatusCode.InternalServerError)]
    public async Task A_handler_that_dies_over_a_request_gives_an_error_and_the_next_request_an_answer(string mode, HttpStatusCode status)
    {
        Mode(mode);
        _app.Function("Web", Bindings.HttpTrigger(), Bindings.HttpOutput());
        _app.Answer("Web", new Answer { Exit = 1 }, new Answer());
        var host = await _app.StartAsync();

        using var failed = await _http.GetAsync(new Uri(host.BaseAddress, "Web"), Cancellation);
        using var next = await _http.GetAsync(new Uri(host.BaseAddress, "Web"), Cancellation);

        Assert.Equal((status, HttpStatusCode.OK), (failed.StatusCode, next.StatusCode));
    }

    [Fact]
    public async Task A_function_with_another_output_gets_JSON_even_when_requests_are_proxied()
    {
        Mode("enableProxyingHttpRequest");
        _app.Function("Web", Bindings.HttpTrigger(), Bindings.HttpOutput(), Bindings.QueueOutput(_app.UniqueName("out")));
        _app.Answer("Web", new Answer { Body = """{"Outputs":{"out":{"a":1},"res":{"body":"sent"}}}""" });
        var host = await _app.StartAsync();

        Assert.Equal("sent", await _http.GetStringAsync(new Uri(host.BaseAddress, "Web"), Cancellation));

        Assert.Equal("""{"a":1}""", await TestApp.TakeAsync(_app.Queue("out")));
        Assert.NotNull((await _app.RequestAsync("Web")).Json["Data"]!["req"]);
    }

    [Theory]
    [InlineData("GET", "api/items/7", HttpStatusCode.OK)]
    [InlineData("GET", "api/items/seven", HttpStatusCode.NotFound)]
    [InlineData("POST", "api/items/7", HttpStatusCode.NotFound)]
    [InlineData("GET", "items/7", HttpStatusCode.NotFound)]
    [InlineData("DELETE", "api/Plain", HttpStatusCode.OK)]
    [InlineData("GET", "api/files/a/b/c", HttpStatusCode.OK)]
    [InlineData("GET", "api/nothing", HttpStatusCode.NotFound)]
    public async Task Routes_match_by_prefix_constraint_and_method(string method, string path, HttpStatusCode status)
    {
        Mode("enableProxyingHttpRequest");
        Prefix("api");
        _app.Function("Item", Bindings.HttpTrigger("items/{id:int}", "get"), Bindings.HttpOutput());
        _app.Function("Plain", Bindings.HttpTrigger(), Bindings.HttpOutput());
        _app.Function("Files", Bindings.HttpTrigger("files/{*path}"), Bindings.HttpOutput());
        var host = await _app.StartAsync();

        using var response = await _http.SendAsync(new(new(method), new Uri(host.BaseAddress, path)), Cancellation);

        Assert.Equal(status, response.StatusCode);
    }

    [Fact]
    public async Task Requests_are_spread_over_the_instances()
    {
        Mode("enableProxyingHttpRequest");
        _app.Options = _app.Options with { Instances = 2 };
        _app.Function("Web", Bindings.HttpTrigger(), Bindings.HttpOutput());
        var host = await _app.StartAsync();

        for (var count = 0; count < 4; count++)
        {
            await _http.GetStringAsync(new Uri(host.BaseAddress, "Web"), Cancellation);
        }

        var processes = new List<int>();
        for (var index = 0; index < 4; index++)
        {
            processes.Add((await _app.RequestAsync("Web", index)).ProcessId);
        }

        Assert.Equal([2, 2], processes.CountBy(id => id).Select(pair => pair.Value));
    }

    [Fact]
    public async Task A_port_that_is_taken_is_named()
    {
        _app.Function("Web", Bindings.HttpTrigger(), Bindings.HttpOutput());
        var first = await _app.StartAsync();
        _app.Options = _app.Options with { Port = first.BaseAddress.Port };

        var error = await Assert.ThrowsAsync<LocalHostException>(_app.StartAsync);

        Assert.Contains($"Port {first.BaseAddress.Port} is in use", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_route_that_is_none_is_named_with_its_function()
    {
        _app.Function("Web", Bindings.HttpTrigger("items/{id"), Bindings.HttpOutput());

        var error = await Assert.ThrowsAsync<LocalHostException>(_app.StartAsync);

        Assert.Contains("The route 'items/{id' of function Web", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("enableProxyingHttpRequest")]
    [InlineData("enableForwardingHttpRequest")]
    public async Task A_body_over_100_MiB_is_refused(string mode)
    {
        Mode(mode);
        _app.Function("Web", Bindings.HttpTrigger(), Bindings.HttpOutput());
        var host = await _app.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(host.BaseAddress, "Web")) { Content = new ByteArrayContent(new byte[104_857_601]) };
        request.Headers.ExpectContinue = true;

        using var response = await _http.SendAsync(request, Cancellation);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        Assert.Equal(0, _app.Count("Web"));
    }

    private void Mode(string mode) => _app.HostJson["customHandler"]![mode] = true;

    private void Prefix(string prefix) => _app.HostJson["extensions"]!["http"]!["routePrefix"] = prefix;
}
