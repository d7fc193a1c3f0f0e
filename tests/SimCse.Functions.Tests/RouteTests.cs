using System.Net;
using System.Text.Json;
using SimCse.Testing;

namespace SimCse.Functions.Tests;

/// <summary>The paths that clients ask, and what a request that no route takes is told.</summary>
public sealed class RouteTests(AppFixture app)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<string> GetRoutes { get; } =
    [
        "/v1/models", "/openai/v1/models", "/openai/models?api-version=2024-10-21", "/info", "/health", "/health/live", "/health/ready",
        "/metrics", "/api/jobs?limit=0", "/api/jobs/none", "/openapi.json",
    ];

    [Theory]
    [InlineData("/openai/v1/embeddings")]
    [InlineData("/openai/deployments/any-name/embeddings?api-version=2024-10-21")]
    [InlineData("/embeddings")]
    [InlineData("//v1/embeddings")]
    [InlineData("/v1//embeddings")]
    [InlineData("/v1/embeddings/")]
    public async Task Embeddings_are_the_same_under_each_of_their_paths(string path)
    {
        const string Request = """{"input": ["猫", "犬"], "encoding_format": "base64"}""";

        var (status, body) = await app.Client.PostReplyAsync($"http://{app.Client.BaseAddress!.Authority}{path}", Request);

        Assert.Equal(HttpStatusCode.OK, status);
        var expected = (await app.Client.PostReplyAsync("/v1/embeddings", Request)).Body.ToString();
        Assert.Equal(expected, body.ToString());
    }

    [Theory]
    [InlineData("/v1/models")]
    [InlineData("/openai/v1/models")]
    [InlineData("/openai/models")]
    public async Task The_model_is_listed_and_found_by_its_name(string path)
    {
        var (_, list) = await app.Client.GetReplyAsync($"{path}?api-version=2024-10-21");
        var (_, one) = await app.Client.GetReplyAsync($"{path}/{app.Bundle.Model.Name}");
        var (missing, error) = await app.Client.GetReplyAsync($"{path}/pkshatech%2Fanother");

        Assert.Equal("list", list.GetProperty("object").GetString());
        Assert.Equal(one.ToString(), Assert.Single(list.GetProperty("data").EnumerateArray()).ToString());
        Assert.Equal((app.Bundle.Model.Name, "model"), (one.GetProperty("id").GetString(), one.GetProperty("object").GetString()));
        Assert.Equal(HttpStatusCode.NotFound, missing);
        Assert.Equal(
            $"There is no model pkshatech/another; the only one is {app.Bundle.Model.Name}.",
            error.GetProperty("error").GetProperty("message").GetString());
    }

    [Theory]
    [InlineData("32-http-models", "\"object\":\"list\"")]
    [InlineData("33-http-post-root", "[[")]
    public async Task Recorded_requests_of_clients_are_answered(string name, string expected)
    {
        var recorded = await File.ReadAllTextAsync(SharedData.Require($"cases/{name}/request.http"), Cancellation);
        var parts = recorded.ReplaceLineEndings("\n").Split("\n\n", 2);

        var answer = await RawHttp.SendAsync(
            app.Client.BaseAddress!.Port, parts[0].Trim().Split('\n'), Cancellation, parts.Length > 1 ? parts[1].Trim() : "");

        Assert.StartsWith("HTTP/1.1 200 ", answer, StringComparison.Ordinal);
        Assert.Contains(expected, answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_root_is_embed()
    {
        const string Request = """{"inputs": ["猫"], "normalize": null, "truncate": null}""";

        var root = await app.Client.PostReplyAsync("/", Request);

        Assert.Equal((await app.Client.PostReplyAsync("/embed", Request)).Body.ToString(), root.Body.ToString());
    }

    [Theory]
    [MemberData(nameof(GetRoutes))]
    public async Task Head_is_get_without_the_body(string path)
    {
        using var get = await app.Client.GetAsync(new Uri(path, UriKind.Relative), Cancellation);
        using var request = new HttpRequestMessage(HttpMethod.Head, path);
        using var head = await app.Client.SendAsync(request, Cancellation);

        Assert.Equal((get.StatusCode, get.Content.Headers.ContentType), (head.StatusCode, head.Content.Headers.ContentType));
        Assert.Empty(await head.Content.ReadAsByteArrayAsync(Cancellation));
    }

    [Theory]
    [InlineData("POST", "/v1/embedding")]
    [InlineData("GET", "/openai/deployments")]
    [InlineData("GET", "/")]
    [InlineData("POST", "/api/embeds")]
    [InlineData("DELETE", "/nothing/here/at/all")]
    [InlineData("GET", "/health/well")]
    [InlineData("POST", "/api/jobs/a/b")]
    public async Task A_path_that_nothing_answers_is_told_which_there_are(string method, string path)
    {
        var (status, message, _) = await SendAsync(method, path);

        Assert.Equal(path == "/" ? HttpStatusCode.MethodNotAllowed : HttpStatusCode.NotFound, status);
        Assert.All(
            path == "/" ? (string[])["POST"] : ["POST /v1/embeddings", "GET, HEAD /v1/models", "POST /embed", "POST /"],
            route => Assert.Contains(route, message, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("GET", "/v1/embeddings", "POST")]
    [InlineData("PUT", "/openai/deployments/x/embeddings", "POST")]
    [InlineData("GET", "/embed", "POST")]
    [InlineData("POST", "/info", "GET, HEAD")]
    [InlineData("GET", "/api/embed", "POST")]
    [InlineData("PATCH", "/api/jobs", "GET, HEAD, POST")]
    [InlineData("GET", "/api/jobs/a/retry", "POST")]
    public async Task A_method_that_a_path_does_not_answer_is_told_which_it_does(string method, string path, string allowed)
    {
        var (status, message, allow) = await SendAsync(method, path);

        Assert.Equal((HttpStatusCode.MethodNotAllowed, allowed), (status, allow));
        Assert.Equal($"{path} does not answer {method}; expected {allowed.Replace(", ", " or ", StringComparison.Ordinal)}.", message);
    }

    /// <summary>The error's sentence stands where the clients of its route look for it.</summary>
    private async Task<(HttpStatusCode Status, string Message, string Allow)> SendAsync(string method, string path)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        using var response = await app.Client.SendAsync(request, Cancellation);
        using var body = JsonDocument.Parse(await response.Content.ReadAsStringAsync(Cancellation));
        var error = body.RootElement.GetProperty("error");
        var isOpenAi = path.StartsWith("/v1", StringComparison.Ordinal) || path.StartsWith("/openai", StringComparison.Ordinal);
        var isOwn = path.StartsWith("/api", StringComparison.Ordinal) || path.StartsWith("/health/", StringComparison.Ordinal);
        Assert.Equal(!isOpenAi && !isOwn, body.RootElement.TryGetProperty("error_type", out _));
        return (
            response.StatusCode, (isOpenAi ? error.GetProperty("message") : error).GetString()!,
            string.Join(", ", response.Content.Headers.Allow));
    }
}
