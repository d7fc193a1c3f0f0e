using System.Net;
using System.Text;
using System.Text.Json;
using SimCse.Testing;

namespace SimCse.Functions.Tests;

/// <summary>
/// Seeded damage to a good request of every route that takes a body: each answer is one that docs/http.md knows, and the app goes on.
/// </summary>
public sealed class DamagedRequestTests(AppFixture app)
{
    private const int Requests = 400;

    private static readonly int[] Statuses = [200, 400, 413, 422];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("/v1/embeddings", """{"input": ["猫", "\ud83d\ude00"], "dimensions": 12, "encoding_format": "base64", "user": null}""")]
    [InlineData("/v1/embeddings", """{"input": [[2, 5, 3], [2, 3]], "dimensions": 12}""")]
    [InlineData("/embed", """{"inputs": ["猫", "犬"], "normalize": false, "truncate": false, "truncation_direction": "Left", "dimensions": 12}""")]
    [InlineData("/embed", """{"inputs": [2, 5, 3], "truncate": true, "dimensions": null}""")]
    [InlineData("/similarity", """{"inputs": {"source_sentence": "猫", "sentences": ["犬", "鳥"]}, "parameters": {"truncate": true}}""")]
    [InlineData("/tokenize", """{"inputs": ["猫と犬", "鳥"], "add_special_tokens": false}""")]
    [InlineData("/decode", """{"ids": [[2, 5, 3], [6]], "skip_special_tokens": true}""")]
    [InlineData("/api/embed", """{"inputs": ["猫", "\ud83d\ude00"], "normalize": true, "truncate": false, "dimensions": 12}""")]
    public async Task Are_answered_in_the_shape_of_their_route_and_leave_nothing_behind(string path, string golden)
    {
        var random = new Random(20261125);
        var bytes = Encoding.UTF8.GetBytes(golden);
        using var client = new HttpClient { BaseAddress = app.Client.BaseAddress };
        var before = await SendAsync(client, path, bytes);
        Assert.Equal(HttpStatusCode.OK, before.Status);

        var refused = 0;
        for (var i = 0; i < Requests; i++)
        {
            var damaged = Fuzz.Damage(random, bytes);
            var (status, body) = await SendAsync(client, path, damaged);
            Assert.True(Statuses.Contains((int)status), $"{status} for {Encoding.UTF8.GetString(damaged)}: {body}");
            if (status != HttpStatusCode.OK)
            {
                refused++;
                AssertError(path, JsonDocument.Parse(body).RootElement);
            }
        }

        Assert.InRange(refused, Requests / 10, Requests);
        Assert.Equal(before, await SendAsync(client, path, bytes));
        Assert.DoesNotContain("unhandled", app.App.Output, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("{\"inputs\": \"a\",}", "line 1, byte 16: a comma stands before a closing bracket")]
    [InlineData("{\n\"inputs\": NaN}", "line 2, byte 11: 'N' stands where a value is expected")]
    public async Task A_body_that_is_not_JSON_is_told_the_place_in_words_of_its_sender(string request, string reason)
    {
        var (status, body) = await app.Client.PostReplyAsync("/embed", request);

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains(reason, body.Error(), StringComparison.Ordinal);
        Assert.DoesNotContain("reader options", body.Error(), StringComparison.Ordinal);
        Assert.DoesNotContain("LineNumber", body.Error(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Other_encodings_are_named()
    {
        var utf16 = await app.Client.PostReplyAsync("/embed", Encoding.Unicode.GetBytes("""{"inputs": "猫"}"""));
        var gzip = await app.Client.PostReplyAsync("/embed", [0x1F, 0x8B, 8, 0]);

        Assert.Contains("it is UTF-16; send UTF-8", utf16.Body.Error(), StringComparison.Ordinal);
        Assert.Contains("it is compressed with gzip", gzip.Body.Error(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/embed", "\"dimensions\": 1LONG")]
    [InlineData("/embed", "\"prompt_name\": \"LONG\"")]
    [InlineData("/embed", "\"truncation_direction\": \"LONG\"")]
    [InlineData("/v1/embeddings", "\"encoding_format\": \"LONG\"")]
    public async Task A_long_value_is_not_sent_back_whole(string path, string field)
    {
        var name = path == "/embed" ? "inputs" : "input";
        var (status, body) = await app.Client.PostReplyAsync(
            path, $$"""{"{{name}}": "猫", {{field.Replace("LONG", new string('1', 10_000), StringComparison.Ordinal)}}}""");

        Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
        Assert.InRange(body.GetRawText().Length, 1, 600);
    }

    private static void AssertError(string path, JsonElement body)
    {
        var message = path == "/v1/embeddings" ? body.GetProperty("error").GetProperty("message").GetString() : body.Error();
        Assert.False(string.IsNullOrWhiteSpace(message));
        if (path is not ("/v1/embeddings" or "/api/embed"))
        {
            Assert.NotEmpty(body.GetProperty("error_type").GetString()!);
        }
    }

    private static async Task<(HttpStatusCode Status, string Body)> SendAsync(HttpClient client, string path, byte[] body)
    {
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = new("application/json");
        using var response = await client.PostAsync(new Uri(path, UriKind.Relative), content, Cancellation);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(Cancellation));
    }
}
