using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Microsoft.Extensions.Logging;
using SimCse.LocalHost.Tests.Worker;
using SimCse.Testing;

namespace SimCse.LocalHost.Tests;

/// <summary>HTTP functions: routes, keys, what is passed on and back, and clients and workers that do not behave.</summary>
public sealed partial class HttpFunctionTests(AzuriteFixture azurite) : IAsyncDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, ActivityHeadersPropagator = null });
    private TestApp? _app;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await (_app?.DisposeAsync() ?? ValueTask.CompletedTask);
    }

    [Fact]
    public async Task A_request_is_passed_on_with_its_path_and_its_answer_comes_back_as_it_is()
    {
        var app = App("Named");
        app.Answer(
            "Named",
            new Answer
            {
                Status = 303,
                ContentType = "text/html; charset=utf-8",
                Body = "本文",
                Headers = new Dictionary<string, string> { ["Location"] = "/x" },
            });
        var host = await app.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(host.BaseAddress, "api/named/%E7%8C%AB?q=a%20b&q=%2F"));
        request.Content = new StringContent("""{"inputs":"犬"}""", Encoding.UTF8, new MediaTypeHeaderValue("application/json"));
        request.Headers.Add("X-Test", ["one", "two"]);

        using var response = await _http.SendAsync(request, Cancellation);

        var received = await app.InvocationAsync("Named");
        Assert.Equal(("POST", "/api/named/猫", "?q=a%20b&q=%2F"), (received.Method, received.Path, received.Query));
        Assert.Equal("猫", received.RouteValues["name"]);
        Assert.Equal("""{"inputs":"犬"}""", received.Body);
        Assert.Equal("application/json", received.Headers["Content-Type"]);
        Assert.Equal("one,two", received.Headers["X-Test"].Replace(" ", "", StringComparison.Ordinal));
        Assert.True(Guid.TryParse(received.Headers["x-ms-invocation-id"], out _));
        Assert.Equal(host.BaseAddress.Authority, received.Headers["Host"]);
        Assert.Equal(HttpStatusCode.SeeOther, response.StatusCode);
        Assert.Equal("/x", response.Headers.Location!.ToString());
        Assert.Equal("text/html; charset=utf-8", response.Content.Headers.ContentType!.ToString());
        Assert.Equal("本文", await response.Content.ReadAsStringAsync(Cancellation));
    }

    [Fact]
    public async Task A_clients_trace_goes_on_in_the_function_and_in_the_request_to_the_worker()
    {
        var app = App("Web");
        var host = await app.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(host.BaseAddress, "api/Web"));
        request.Headers.Add("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");

        using var response = await _http.SendAsync(request, Cancellation);

        var received = await app.InvocationAsync("Web");
        Assert.StartsWith("00-0af7651916cd43dd8448eb211c80319c-", received.TraceParent, StringComparison.Ordinal);
        Assert.StartsWith("00-0af7651916cd43dd8448eb211c80319c-", received.Headers["traceparent"], StringComparison.Ordinal);
        Assert.DoesNotContain("b7ad6b7169203331", received.Headers["traceparent"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_is_asked_for_when_there_is_one()
    {
        var app = App("Keyed", "Admin", "Web");
        app.Options = app.Options with { FunctionKey = "secret" };
        var host = await app.StartAsync();
        foreach (var (function, header, query, expected) in ((string, (string Name, string Value)?, string, HttpStatusCode)[])
        [
            ("Keyed", null, "", HttpStatusCode.Unauthorized), // function is the default
            ("Keyed", ("x-functions-key", "Secret"), "", HttpStatusCode.Unauthorized),
            ("Keyed", ("x-functions-key", "wrong"), "?code=secret", HttpStatusCode.Unauthorized),
            ("Keyed", ("api-key", "wrong"), "", HttpStatusCode.Unauthorized),
            ("Keyed", ("Authorization", "Bearer wrong"), "", HttpStatusCode.Unauthorized),
            ("Keyed", ("Authorization", "Basic secret"), "", HttpStatusCode.Unauthorized),
            ("Keyed", ("x-functions-key", "secret"), "", HttpStatusCode.OK),
            ("Keyed", ("Authorization", "Bearer none"), "?code=secret", HttpStatusCode.OK),
            ("Keyed", ("api-key", "secret"), "", HttpStatusCode.OK),
            ("Keyed", ("Authorization", "bearer secret"), "", HttpStatusCode.OK),
            ("Admin", null, "", HttpStatusCode.Unauthorized),
            ("Admin", ("x-functions-key", "secret"), "", HttpStatusCode.OK),
            ("Web", null, "", HttpStatusCode.OK),
        ])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(host.BaseAddress, $"api/{function}{query}"));
            if (header is { } given)
            {
                request.Headers.TryAddWithoutValidation(given.Name, given.Value);
            }

            using var response = await _http.SendAsync(request, Cancellation);

            Assert.True(response.StatusCode == expected, $"{function} {header} {query}: expected {expected}, found {response.StatusCode}");
        }

        Assert.Equal((4, 1, 1), (app.Count("Keyed"), app.Count("Admin"), app.Count("Web")));
    }

    [Fact]
    public async Task Without_a_key_everything_is_open()
    {
        var host = await App("Keyed").StartAsync();

        Assert.Equal("{}", await _http.GetStringAsync(new Uri(host.BaseAddress, "api/Keyed"), Cancellation));
    }

    [Fact]
    public async Task Routes_match_by_prefix_constraint_and_method()
    {
        var host = await App("Item", "Web", "Files", "Routed").StartAsync();
        foreach (var (method, path, status) in ((string, string, HttpStatusCode)[])
        [
            ("GET", "api/items/7", HttpStatusCode.OK),
            ("PATCH", "api/items/7", HttpStatusCode.OK),
            ("GET", "api/items/seven", HttpStatusCode.NotFound),
            ("POST", "api/items/7", HttpStatusCode.NotFound),
            ("GET", "items/7", HttpStatusCode.NotFound),
            ("DELETE", "api/Web", HttpStatusCode.OK),
            ("GET", "api/files/a/b/c", HttpStatusCode.OK),
            ("GET", "api//files/a//b", HttpStatusCode.OK), // the real host finds no function for it
            ("GET", "api/nothing", HttpStatusCode.NotFound),
            ("GET", "api/Keyed", HttpStatusCode.NotFound), // switched off
        ])
        {
            using var response = await _http.SendAsync(new(new(method), new Uri(host.BaseAddress, path)), Cancellation);

            Assert.True(response.StatusCode == status, $"{method} {path}: expected {status}, found {response.StatusCode}");
        }

        Assert.Equal("a/b/c", (await _app!.InvocationAsync("Files")).RouteValues["path"]);
    }

    [Fact]
    public async Task An_answer_is_streamed()
    {
        var app = App("Web");
        app.Answer("Web", new Answer { Body = "firstsecond", WaitInTheMiddle = true, WaitFor = "go" });
        var host = await app.StartAsync();

        using var response = await _http.GetAsync(
            new Uri(host.BaseAddress, "api/Web"), HttpCompletionOption.ResponseHeadersRead, Cancellation);
        await using var body = await response.Content.ReadAsStreamAsync(Cancellation);
        var half = new byte[5];
        await body.ReadExactlyAsync(half, Cancellation);
        app.Signal("go");
        using var rest = new StreamReader(body);

        Assert.Equal("first", Encoding.UTF8.GetString(half));
        Assert.Equal("second", await rest.ReadToEndAsync(Cancellation));
    }

    [Fact]
    public async Task A_function_that_throws_is_500_and_its_worker_goes_on()
    {
        var app = App("Web");
        app.Answer("Web", new Answer { Throw = "no" }, new Answer());
        var host = await app.StartAsync();

        using var failed = await _http.GetAsync(new Uri(host.BaseAddress, "api/Web"), Cancellation);
        using var next = await _http.GetAsync(new Uri(host.BaseAddress, "api/Web"), Cancellation);

        Assert.Equal((HttpStatusCode.InternalServerError, HttpStatusCode.OK), (failed.StatusCode, next.StatusCode));
        var error = await failed.Content.ReadAsStringAsync(Cancellation);
        Assert.StartsWith("{\"error\":\"The function failed;", error, StringComparison.Ordinal);
        Assert.EndsWith("\"error_type\":\"Backend\"}", error, StringComparison.Ordinal);
        Assert.Equal(1, app.Count("start"));
    }

    [Fact]
    public async Task A_function_that_throws_in_the_middle_of_its_answer_breaks_the_connection()
    {
        var app = App("Web");
        app.Answer("Web", new Answer { Body = "firstsecond", WaitInTheMiddle = true, WaitFor = "go", Throw = "no" });
        var host = await app.StartAsync();
        using var response = await _http.GetAsync(
            new Uri(host.BaseAddress, "api/Web"), HttpCompletionOption.ResponseHeadersRead, Cancellation);

        app.Signal("go");

        await Assert.ThrowsAsync<HttpRequestException>(() => response.Content.ReadAsStringAsync(Cancellation));
        await app.LoggedAsync("System.InvalidOperationException: no");
    }

    [Fact]
    public async Task A_worker_that_dies_over_a_request_gives_an_error_and_the_next_request_an_answer()
    {
        var app = App("Web");
        app.Answer("Web", new Answer { Exit = 1 }, new Answer());
        var host = await app.StartAsync();

        using var failed = await _http.GetAsync(new Uri(host.BaseAddress, "api/Web"), Cancellation);
        using var next = await _http.GetAsync(new Uri(host.BaseAddress, "api/Web"), Cancellation);

        Assert.Equal((HttpStatusCode.BadGateway, HttpStatusCode.OK), (failed.StatusCode, next.StatusCode));
        Assert.Contains("The worker ended", await failed.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
        Assert.Equal(2, app.Count("start"));
    }

    [Fact]
    public async Task A_worker_that_dies_in_the_middle_of_an_answer_breaks_the_connection()
    {
        var app = App("Web");
        app.Answer("Web", new Answer { Body = "firstsecond", WaitInTheMiddle = true, WaitFor = "never" });
        var host = await app.StartAsync();
        using var response = await _http.GetAsync(
            new Uri(host.BaseAddress, "api/Web"), HttpCompletionOption.ResponseHeadersRead, Cancellation);
        await using var body = await response.Content.ReadAsStreamAsync(Cancellation);
        await body.ReadExactlyAsync(new byte[5], Cancellation);

        Process.GetProcessById((await app.InvocationAsync("Web")).ProcessId).Kill();

        await Assert.ThrowsAnyAsync<IOException>(async () => await body.ReadExactlyAsync(new byte[6], Cancellation));
    }

    [Fact]
    public async Task A_time_out_is_an_error_for_the_client_too()
    {
        var app = App("Web").HostJson("functionTimeout", "00:00:01");
        app.Answer("Web", new Answer { WaitFor = "never" }, new Answer());
        var host = await app.StartAsync();

        using var response = await _http.GetAsync(new Uri(host.BaseAddress, "api/Web"), Cancellation);

        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        await app.LoggedAsync("exceeded functionTimeout");
    }

    [Fact]
    public async Task A_client_that_goes_away_cancels_its_function_and_is_nobodys_error()
    {
        var app = App("Web");
        app.Answer("Web", new Answer { WaitFor = "what-never-comes" }, new Answer());
        var host = await app.StartAsync();
        using var givesUp = new CancellationTokenSource();

        var request = _http.GetAsync(new Uri(host.BaseAddress, "api/Web"), givesUp.Token);
        await app.InvocationAsync("Web");
        await givesUp.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => request);
        await app.GaveUpAsync("what-never-comes");
        Assert.Equal(LogLevel.Information, (await app.LoggedAsync("Executed 'Functions.Web' (Cancelled")).Level);
        Assert.Equal("{}", await _http.GetStringAsync(new Uri(host.BaseAddress, "api/Web"), Cancellation));
        AssertNoErrorOfOurs(app);
    }

    [Fact]
    public async Task Many_requests_at_once_find_their_invocations()
    {
        var app = App("Named");
        var host = await app.StartAsync();

        await Task.WhenAll(Enumerable.Range(0, 40).Select(async number =>
        {
            using var response = await _http.PostAsync(
                new Uri(host.BaseAddress, $"api/named/{number}"), new StringContent($"{number}"), Cancellation);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }));

        var received = await Task.WhenAll(Enumerable.Range(0, 40).Select(index => app.InvocationAsync("Named", index)));
        Assert.All(received, invocation => Assert.Equal(invocation.RouteValues["name"], invocation.Body));
        Assert.Equal(40, received.Select(invocation => invocation.Headers["x-ms-invocation-id"]).Distinct().Count());
    }

    [Fact]
    public async Task Requests_are_spread_over_the_instances()
    {
        var app = App("Web");
        app.Options = app.Options with { Instances = 2 };
        var host = await app.StartAsync();

        for (var count = 0; count < 4; count++)
        {
            await _http.GetStringAsync(new Uri(host.BaseAddress, "api/Web"), Cancellation);
        }

        var processes = new List<int>();
        for (var index = 0; index < 4; index++)
        {
            processes.Add((await app.InvocationAsync("Web", index)).ProcessId);
        }

        Assert.Equal([2, 2], processes.CountBy(id => id).Select(pair => pair.Value));
    }

    [Fact]
    public async Task A_port_that_is_taken_is_named()
    {
        var app = App("Web");
        var first = await app.StartAsync();
        app.Options = app.Options with { Port = first.BaseAddress.Port };

        var error = await Assert.ThrowsAsync<LocalHostException>(app.StartAsync);

        Assert.Contains($"Port {first.BaseAddress.Port} is in use", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_route_that_is_none_is_named_with_its_function()
    {
        var app = App("Routed");
        app.Settings["ROUTE"] = "items/{id";

        var error = await Assert.ThrowsAsync<LocalHostException>(app.StartAsync);

        Assert.Contains("The route 'api/items/{id' of function Routed", error.Message, StringComparison.Ordinal);
    }

    private TestApp App(params string[] functions) => _app = new TestApp(azurite.ConnectionString, functions);

    private static void AssertNoErrorOfOurs(TestApp app)
        => Assert.DoesNotContain(
            app.Logs.Lines,
            line => line.Level >= LogLevel.Warning && line.Category.StartsWith("SimCse.LocalHost.F", StringComparison.Ordinal));
}
