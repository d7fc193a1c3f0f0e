using System.Text.Json;
using SimCse.Testing;

namespace SimCse.EndToEnd.Tests;

/// <summary>Clients from npm, of the versions in the lock file beside this test.</summary>
internal static class NodeClients
{
    private static readonly NodePackage Package = new("NodeClients");

    /// <summary>Runs <c>client.embeddings.create(request)</c> of npm's <c>openai</c>.</summary>
    public static Task<JsonElement> CreateAsync<T>(Uri address, string key, T request, CancellationToken cancellationToken) =>
        RunAsync("embed.mjs", address, key, request, cancellationToken);

    /// <summary>Gives the same texts to every client.</summary>
    public static Task<JsonElement> EmbedAsync(Uri address, string key, string[] texts, CancellationToken cancellationToken) =>
        RunAsync("clients.mjs", address, key, texts, cancellationToken);

    private static async Task<JsonElement> RunAsync<T>(
        string script, Uri address, string key, T request, CancellationToken cancellationToken)
    {
        var (exitCode, output, error) = await Package.RunAsync(
            [script, address.ToString(), key], JsonSerializer.Serialize(request), cancellationToken);
        Assert.True(exitCode == 0, error);
        return JsonDocument.Parse(output).RootElement;
    }
}
