using System.Text.Json;
using SimCse.Testing;

namespace SimCse.EndToEnd.Tests;

/// <summary>npm's <c>openai</c>, of the version in the lock file beside this test.</summary>
internal static class NodeOpenAi
{
    private static readonly NodePackage Package = new("OpenAiClient");

    /// <summary>Runs <c>client.embeddings.create(request)</c>.</summary>
    public static async Task<JsonElement> CreateAsync<T>(Uri address, string key, T request, CancellationToken cancellationToken)
    {
        var (exitCode, output, error) = await Package.RunAsync(
            ["embed.mjs", address.ToString(), key], JsonSerializer.Serialize(request), cancellationToken);
        Assert.True(exitCode == 0, error);
        return JsonDocument.Parse(output).RootElement;
    }
}
