using System.Net;
using System.Text;
using System.Text.Json;

namespace SimCse.Functions.Tests;

/// <summary>Short forms for requests whose answers are JSON.</summary>
internal static class Http
{
    public static async Task<(HttpStatusCode Status, JsonElement Body)> PostReplyAsync(this HttpClient client, string path, string body) =>
        await client.PostReplyAsync(path, Encoding.UTF8.GetBytes(body));

    public static async Task<(HttpStatusCode Status, JsonElement Body)> PostReplyAsync(this HttpClient client, string path, byte[] body)
    {
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = new("application/json");
        using var response = await client.PostAsync(
            new Uri(path, UriKind.RelativeOrAbsolute), content, TestContext.Current.CancellationToken);
        return await ReadAsync(response);
    }

    public static async Task<(HttpStatusCode Status, JsonElement Body)> GetReplyAsync(this HttpClient client, string path)
    {
        using var response = await client.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);
        return await ReadAsync(response);
    }

    /// <summary>The sentence of an answer that is no success.</summary>
    public static string Error(this JsonElement body) => body.GetProperty("error").GetString()!;

    private static async Task<(HttpStatusCode Status, JsonElement Body)> ReadAsync(HttpResponseMessage response)
    {
        Assert.Equal("application/json", response.Content.Headers.ContentType?.MediaType); // anything else fails an invocation
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        return (response.StatusCode, JsonDocument.Parse(text).RootElement);
    }
}
