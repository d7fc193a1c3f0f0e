using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using SimCse.Inference;
using SimCse.Testing;

namespace SimCse.Functions.Tests;

/// <summary>
/// A model that fails at a text: its vocabulary, damaged after it was imported, names a token for which the graph has no embedding.
/// </summary>
public sealed class BackendFailureTests(AppFixture app)
{
    private const string Bad = "𠮷";

    [Fact]
    public async Task A_model_that_fails_is_424_on_the_routes_of_others_and_500_on_our_own_and_goes_on_with_the_next_text()
    {
        using var folder = new TemporaryFolder();
        using var encoder = SentenceEncoder.Load(Damaged(folder));
        await using var damaged = await InProcessApp.StartAsync(app.Settings, builder => builder.Services.AddSingleton(new WarmEncoder(encoder)));
        await Eventually.TrueAsync(
            "the model", async () => (await damaged.Client.GetReplyAsync("/health/ready")).Status == HttpStatusCode.OK, TestContext.Current.CancellationToken);

        var tei = await damaged.Client.PostReplyAsync("/embed", Request("inputs", "猫", Bad));
        var openAi = await damaged.Client.PostReplyAsync("/v1/embeddings", Request("input", Bad));
        var own = await damaged.Client.PostReplyAsync("/api/embed", Request("inputs", Bad));
        var good = await damaged.Client.PostReplyAsync("/embed", Request("inputs", "猫"));

        Assert.Equal((424, "Backend"), ((int)tei.Status, tei.Body.GetProperty("error_type").GetString()));
        Assert.Equal((424, "Backend", "server_error"), (
            (int)openAi.Status, openAi.Body.GetProperty("type").GetString(), openAi.Body.GetProperty("error").GetProperty("type").GetString()));
        Assert.Equal(HttpStatusCode.InternalServerError, own.Status);
        Assert.Equal(HttpStatusCode.OK, good.Status);
    }

    private static string Request(string field, params string[] texts) => JsonSerializer.Serialize(new Dictionary<string, string[]> { [field] = texts });

    private Bundle Damaged(TemporaryFolder folder)
    {
        foreach (var file in Directory.EnumerateFiles(app.Bundle.Folder))
        {
            File.Copy(file, folder[Path.GetFileName(file)]);
        }

        var vocabulary = folder["vocab.txt"];
        var missing = app.Bundle.Manifest.VocabularySize - File.ReadLines(vocabulary).Count();
        File.AppendAllLines(vocabulary, [.. Enumerable.Range(0, missing).Select(i => $"[past{i}]"), Bad]);
        return Bundle.Seal(folder.Path, app.Bundle.Manifest);
    }
}
