using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using SimCse.Inference;
using SimCse.Testing;

namespace SimCse.Functions.Tests;

/// <summary>
/// Models that fail at a text: the vocabulary of one, damaged after it was imported, names a token for which the graph has no embedding;
/// the graph of another has NaN for one.
/// </summary>
[Collection(RunningApp.InProcess)]
public sealed class BackendFailureTests(AppFixture app)
{
    private const string Bad = "𠮷";
    private const string NotANumber = "鬼";

    [Fact]
    public async Task A_model_that_fails_is_424_on_the_routes_of_others_and_500_on_our_own_and_goes_on_with_the_next_text()
    {
        using var folder = new TemporaryFolder();
        using var encoder = SentenceEncoder.Load(Damaged(folder));
        await using var damaged = await StartAsync(new WarmEncoder(encoder), WarmEncoderState.Ready);

        var tei = await damaged.Client.PostReplyAsync("/embed", Request("inputs", "猫", Bad));
        var openAi = await damaged.Client.PostReplyAsync("/v1/embeddings", Request("input", Bad));
        var own = await damaged.Client.PostReplyAsync("/api/embed", Request("inputs", Bad));
        var good = await damaged.Client.PostReplyAsync("/embed", Request("inputs", "猫"));

        Assert.Equal((424, "Backend"), ((int)tei.Status, tei.Body.GetProperty("error_type").GetString()));
        Assert.Equal((424, "Backend", "server_error"), (
            (int)openAi.Status, openAi.Body.GetProperty("type").GetString(),
            openAi.Body.GetProperty("error").GetProperty("type").GetString()));
        Assert.Equal(HttpStatusCode.InternalServerError, own.Status);
        Assert.Equal(HttpStatusCode.OK, good.Status);
    }

    [Theory]
    [InlineData("/embed", """{"inputs": ["猫", "鬼"]}""")]
    [InlineData("/embed", """{"inputs": "鬼", "normalize": false, "dimensions": 1}""")]
    [InlineData("/v1/embeddings", """{"input": ["猫", "鬼"]}""")]
    [InlineData("/v1/embeddings", """{"input": ["猫", "鬼"], "encoding_format": "base64"}""")]
    [InlineData("/similarity", """{"inputs": {"source_sentence": "猫", "sentences": ["鬼"]}}""")]
    [InlineData("/api/embed", """{"inputs": ["猫", "鬼"]}""")]
    public async Task A_vector_that_is_no_number_is_a_failure_that_names_its_input_and_never_half_an_answer(string path, string request)
    {
        using var folder = new TemporaryFolder();
        using var encoder = SentenceEncoder.Load(BrokenModel.CreateBundle(folder.Path, NotANumber));
        await using var broken = await StartAsync(new WarmEncoder(encoder), WarmEncoderState.Ready);

        var failed = await broken.Client.PostReplyAsync(path, request);
        var good = await broken.Client.PostReplyAsync(path, request.Replace(NotANumber, "犬", StringComparison.Ordinal));

        var error = failed.Body.GetProperty("error");
        var message = error.ValueKind == JsonValueKind.Object ? error.GetProperty("message").GetString()! : error.GetString()!;
        Assert.Equal(path == "/api/embed" ? 500 : 424, (int)failed.Status);
        Assert.Matches("^Input [01]: The model simcse-demo-untrained gave a vector that holds NaN or infinity", message);
        Assert.Equal(HttpStatusCode.OK, good.Status);
    }

    [Fact]
    public async Task A_model_without_a_single_vector_is_never_ready_and_says_why()
    {
        using var folder = new TemporaryFolder();
        var bundle = BrokenModel.CreateBundle(folder.Path, "[CLS]");
        await using var broken = await StartAsync(new WarmEncoder(() => SentenceEncoder.Load(bundle)), WarmEncoderState.Failed);

        var health = await broken.Client.GetReplyAsync("/health");
        var embed = await broken.Client.PostReplyAsync("/embed", Request("inputs", "猫"));

        Assert.Equal((503, 503), ((int)health.Status, (int)embed.Status));
        Assert.Equal("Unhealthy", embed.Body.GetProperty("error_type").GetString());
        Assert.Contains("NaN or infinity", embed.Body.Error(), StringComparison.Ordinal);
    }

    private async Task<RunningApp> StartAsync(WarmEncoder encoder, WarmEncoderState state)
    {
        var running = await RunningApp.StartInProcessAsync(app.Settings, services => services.AddSingleton(encoder));
        await Eventually.TrueAsync(
            $"a model that is {state}", () => Task.FromResult(encoder.Status.State == state), TestContext.Current.CancellationToken);
        return running;
    }

    private static string Request(string field, params string[] texts) =>
        JsonSerializer.Serialize(new Dictionary<string, string[]> { [field] = texts });

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
