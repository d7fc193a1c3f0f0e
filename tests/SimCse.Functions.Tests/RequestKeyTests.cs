using System.Net;
using System.Text.Json;

namespace SimCse.Functions.Tests;

/// <summary>Keys that the app itself asks for, where its clients send them.</summary>
public sealed class RequestKeyTests(AppFixture app)
{
    private const string Key = "a-key-that-is-long-enough";
    private const string Other = "the-key-after-it-0123456789";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_key_is_taken_wherever_a_client_puts_it_and_asked_for_in_the_routes_shape()
    {
        await using var keyed = await RunningApp.StartAsync(
            new Dictionary<string, string>(app.Settings) { ["Http__Keys"] = $"{Key}, {Other}" });
        await keyed.ReadyAsync(); // /health needs no key
        Assert.All(keyed.Host.Functions.Where(function => function.Trigger.Is("httpTrigger")), function => Assert.Equal(
            "Anonymous", function.Trigger.AuthLevel));

        foreach (var (header, value, path) in ((string, string, string)[])
        [
            ("Authorization", $"Bearer {Key}", "/v1/models"), ("authorization", $"bearer  {Other}", "/info"),
            ("api-key", Key, "/v1/models"), ("x-functions-key", Key, "/api/jobs"),
            ("Authorization", "Bearer none", $"/v1/models?code={Key}"), ("X-Nothing", "1", "/health"),
        ])
        {
            Assert.Equal((header, path, HttpStatusCode.OK), (header, path, (await SendAsync(keyed, path, header, value)).StatusCode));
        }

        foreach (var (header, value) in ((string, string)[])
        [
            ("X-Nothing", "1"), ("Authorization", "Bearer wrong"), ("Authorization", $"Basic {Key}"), ("Authorization", "Bearer "),
            ("api-key", Key[..^1]), ("x-functions-key", $"{Key}, {Other}"), ("x-functions-key", ""),
        ])
        {
            foreach (var path in (string[])["/v1/models", "/openai/models", "/info", "/api/jobs", "/openapi.json", "/nothing", "/metrics"])
            {
                using var refused = await SendAsync(keyed, path, header, value);
                using var body = JsonDocument.Parse(await refused.Content.ReadAsStringAsync(Cancellation));
                var error = body.RootElement.GetProperty("error");
                Assert.Equal((path, HttpStatusCode.Unauthorized), (path, refused.StatusCode));
                Assert.Equal("Bearer", refused.Headers.WwwAuthenticate.Single().Scheme);
                Assert.StartsWith(
                    "The key is missing or wrong; expected it in Authorization: Bearer, api-key,",
                    (error.ValueKind == JsonValueKind.Object ? error.GetProperty("message") : error).GetString(), StringComparison.Ordinal);
            }
        }
    }

    [Theory]
    [InlineData("short", "has 5 characters; expected 16 at least")]
    [InlineData("a-key-that-is-long-enough,short", "has 5 characters; expected 16 at least")]
    [InlineData(" , ", "holds no key")]
    public void A_setting_that_protects_nothing_is_refused(string keys, string error)
    {
        var problems = new SimCse.Functions.Http.HttpOptions { Keys = keys }.Validate(new(new object()));

        Assert.Contains(error, Assert.Single(problems).ErrorMessage, StringComparison.Ordinal);
    }

    private static async Task<HttpResponseMessage> SendAsync(RunningApp keyed, string path, string header, string value)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.TryAddWithoutValidation(header, value);
        return await keyed.Client.SendAsync(request, Cancellation);
    }
}
