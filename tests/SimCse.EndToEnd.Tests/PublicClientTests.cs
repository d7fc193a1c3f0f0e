using System.ClientModel;
using System.ClientModel.Primitives;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Azure.AI.OpenAI;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using OpenAI;
using OpenAI.Embeddings;
using SimCse.Inference;
using SimCse.Testing;

#pragma warning disable xUnit1051 // the examples stand in docs/dotnet.md, where no test's cancellation is

namespace SimCse.EndToEnd.Tests;

/// <summary>Clients that know nothing of this app, through the host and its keys, against the vectors of <c>simcse encode</c>.</summary>
public sealed class PublicClientTests
{
    private const string Key = "a-key-for-tests";

    private static readonly string[] Texts = ["今日は良い天気です。", "雨が降る。", "😀 絵文字", "今日は良い天気です。"];

    private static readonly Lazy<Task<List<float[]>>> Expected = new(EncodeWithCliAsync);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Public_clients_get_the_vectors_of_simcse_encode_and_nobody_without_a_key()
    {
        await using var app = await RunningApp.StartAsync(key: Key);
        var expected = await Expected.Value;

        // npm's openai: base64 by default, floats on request, errors by their kind.
        var plain = await NodeClients.CreateAsync(app.Host.BaseAddress, Key, new { input = Texts }, Cancellation);
        var floats = await NodeClients.CreateAsync(
            app.Host.BaseAddress, Key, new { input = Texts, encoding_format = "float" }, Cancellation);
        AssertVectors(expected, plain.GetProperty("vectors"));
        AssertVectors(expected, floats.GetProperty("vectors"));
        Assert.Equal("simcse-demo-untrained", plain.GetProperty("model").GetString());
        Assert.True(plain.GetProperty("usage").GetProperty("prompt_tokens").GetInt32() > Texts.Length);
        var refused = await NodeClients.CreateAsync(app.Host.BaseAddress, Key, new { input = "雨", dimensions = 5000 }, Cancellation);
        Assert.Equal(
            ("UnprocessableEntityError", 422), (refused.GetProperty("name").GetString(), refused.GetProperty("status").GetInt32()));
        Assert.Contains("\"dimensions\" is 5000; expected 1 to 256", refused.GetProperty("message").GetString(), StringComparison.Ordinal);
        var stranger = await NodeClients.CreateAsync(app.Host.BaseAddress, "wrong", new { input = "雨" }, Cancellation);
        Assert.Equal("AuthenticationError", stranger.GetProperty("name").GetString());
        Assert.StartsWith("401 The key is missing or wrong", stranger.GetProperty("message").GetString(), StringComparison.Ordinal);

        // LangChain.js, LlamaIndex.TS, Vercel's AI SDK, Hugging Face's, Ollama's, and the same for Azure OpenAI.
        var others = await NodeClients.EmbedAsync(app.Host.BaseAddress, Key, Texts, Cancellation);
        Assert.Equal(10, others.GetProperty("results").EnumerateObject().Count());
        Assert.All(others.GetProperty("results").EnumerateObject(), client =>
        {
            Assert.True(client.Value.TryGetProperty("vectors", out var vectors), $"{client.Name}: {client.Value}");
            AssertVectors(expected, vectors);
        });
        Assert.All(others.GetProperty("lists").EnumerateArray(), list => Assert.Equal("simcse-demo-untrained", list[0].GetString()));

        // OpenAI and Azure.AI.OpenAI for .NET, with nothing but an address and a key.
        var credential = new ApiKeyCredential(Key);
        AssertVectors(expected, await GenerateAsync(new EmbeddingClient(
            "any-name", credential, new OpenAIClientOptions { Endpoint = new Uri(app.Host.BaseAddress, "v1") })));
        AssertVectors(expected, await GenerateAsync(
            new AzureOpenAIClient(app.Host.BaseAddress, credential).GetEmbeddingClient("any-name")));

        // Microsoft.Extensions.AI.OpenAI.
        AssertVectors(expected, await CallTheAppAsync(app.Host.BaseAddress));

        // text-embeddings-inference's shapes; the key in the query, as some clients can send nothing else.
        using var tei = await app.Http.PostAsJsonAsync($"/embed?code={Key}", new { inputs = Texts }, Cancellation);
        AssertVectors(expected, await tei.Content.ReadFromJsonAsync<JsonElement>(Cancellation));

        // The examples of docs/http.md with curl, which calls every body a form unless it is told otherwise.
        var curls = Regex.Matches(
            await File.ReadAllTextAsync(Path.Combine(RepositoryRoot.Path, "docs", "http.md"), Cancellation),
            @"^curl localhost:7071(\S+) -d '(.+)'", RegexOptions.Multiline);
        Assert.Equal(3, curls.Count);
        foreach (Match curl in curls)
        {
            using var form = new StringContent(curl.Groups[2].Value, Encoding.UTF8, "application/x-www-form-urlencoded");
            using var answer = await app.Http.PostAsync(
                new Uri($"{curl.Groups[1].Value}?code={Key}", UriKind.Relative), form, Cancellation);
            var body = await answer.Content.ReadFromJsonAsync<JsonElement>(Cancellation);
            var vector = body.ValueKind == JsonValueKind.Array ? body[0]
                : body.TryGetProperty("data", out var data) ? data[0].GetProperty("embedding")
                : body.GetProperty("embeddings")[0];
            AssertVectors(expected[..1], [[.. vector.EnumerateArray().Select(component => component.GetSingle())]]);
        }

        await AssertManyWaitAsync(app.Host.BaseAddress);
        using var closed = await app.Http.PostAsJsonAsync("/embed", new { inputs = Texts }, Cancellation);
        using var open = await app.Http.GetAsync(new Uri("/health", UriKind.Relative), Cancellation);
        Assert.Equal((HttpStatusCode.Unauthorized, HttpStatusCode.OK), (closed.StatusCode, open.StatusCode));
    }

    [Fact]
    public async Task A_program_embeds_in_process_through_its_services_and_Microsoft_s_wrappers()
    {
        var expected = await Expected.Value;
        var bundleFolder = DemoBundle.Ensure().Folder;

        // <in-process>
        var services = new ServiceCollection();
        services.AddSimCse(bundleFolder, new EncodeOptions { Normalize = true });
        services.AddDistributedMemoryCache();
        services.AddEmbeddingGenerator(provider => provider.GetRequiredService<SentenceEmbeddingGenerator>())
            .UseDistributedCache().UseOpenTelemetry();
        await using var provider = services.BuildServiceProvider();

        var generator = provider.GetRequiredService<IEmbeddingGenerator<string, Embedding<float>>>();
        var embeddings = await generator.GenerateAsync(["今日は良い天気です。", "雨が降る。", "😀 絵文字", "今日は良い天気です。"]);
        // </in-process>

        AssertVectors(expected, embeddings);
        Assert.Equal(256, generator.GetRequiredService<EmbeddingGeneratorMetadata>().DefaultModelDimensions);
        AssertVectors(expected, await generator.GenerateAsync(Texts, cancellationToken: Cancellation)); // from the cache
    }

    [Theory]
    [InlineData("in-process")]
    [InlineData("over-http")]
    public void The_page_for_NET_shows_the_code_of_these_tests(string example)
    {
        var lines = File.ReadAllLines(Path.Combine(RepositoryRoot.Path, "tests", "SimCse.EndToEnd.Tests", "PublicClientTests.cs"))
            .SkipWhile(line => line.Trim() != $"// <{example}>").Skip(1).TakeWhile(line => line.Trim() != $"// </{example}>").ToArray();

        Assert.NotEmpty(lines);
        Assert.Contains(
            string.Join('\n', lines.Select(line => line.Length > 8 ? line[8..] : "")),
            File.ReadAllText(Path.Combine(RepositoryRoot.Path, "docs", "dotnet.md")), StringComparison.Ordinal);
    }

    private static async Task<GeneratedEmbeddings<Embedding<float>>> CallTheAppAsync(Uri address)
    {
        var key = Key;

        // <over-http>
        var options = new OpenAIClientOptions { Endpoint = new Uri(address, "v1") };
        options.AddPolicy(new FunctionsKey(key), PipelinePosition.PerCall);
        var generator = new OpenAIClient(new ApiKeyCredential("none"), options).GetEmbeddingClient("simcse").AsIEmbeddingGenerator();
        var embeddings = await generator.GenerateAsync(["今日は良い天気です。", "雨が降る。", "😀 絵文字", "今日は良い天気です。"]);
        // </over-http>

        return embeddings;
    }

    private static async Task<IEnumerable<float[]>> GenerateAsync(EmbeddingClient client) =>
        (await client.GenerateEmbeddingsAsync(Texts, cancellationToken: Cancellation)).Value.Select(vector => vector.ToFloats().ToArray());

    /// <summary>As many texts as OpenAI takes in one request, and forty requests of a hundred: all wait, and none is refused.</summary>
    private static async Task AssertManyWaitAsync(Uri address)
    {
        var client = new EmbeddingClient(
            "any-name", new ApiKeyCredential(Key),
            new OpenAIClientOptions { Endpoint = new Uri(address, "v1"), RetryPolicy = new ClientRetryPolicy(maxRetries: 0) });
        int[] sizes = [2048, .. Enumerable.Repeat(100, 40)];

        var counts = await Task.WhenAll(sizes.Select(async (size, call) => (await client.GenerateEmbeddingsAsync(
            Enumerable.Range(0, size).Select(text => $"{call}の{text}"), new() { Dimensions = 4 }, Cancellation)).Value.Count));

        Assert.Equal(sizes, counts);
    }

    private static async Task<List<float[]>> EncodeWithCliAsync()
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllLinesAsync(folder["texts.txt"], Texts, Cancellation);
        var run = await CliProcess.RunAsync(
            ["encode", "texts.txt", "-o", "out.parquet", "--normalize", "--model", DemoBundle.Ensure().Folder], folder.Path, Cancellation);
        Assert.True(run.ExitCode == 0, run.Output + run.Error);
        var rows = await DuckDb.QueryAsync($"select embedding from '{folder["out.parquet"]}' order by line", Cancellation);
        return [.. rows.Select(row => ((IEnumerable<float>)row[0]!).ToArray())];
    }

    private static void AssertVectors(List<float[]> expected, JsonElement vectors) => AssertVectors(
        expected, vectors.EnumerateArray().Select(vector => vector.EnumerateArray().Select(component => component.GetSingle()).ToArray()));

    private static void AssertVectors(List<float[]> expected, GeneratedEmbeddings<Embedding<float>> embeddings) =>
        AssertVectors(expected, embeddings.Select(embedding => embedding.Vector.ToArray()));

    private static void AssertVectors(List<float[]> expected, IEnumerable<float[]> actual)
    {
        var vectors = actual.ToArray();
        Assert.Equal(expected.Count, vectors.Length);
        Assert.All(vectors, (vector, i) => Assert.Equal(expected[i], vector, (a, b) => MathF.Abs(a - b) < 1e-5f));
    }

    /// <summary>Sends a function's key with each request.</summary>
    private sealed class FunctionsKey(string key) : PipelinePolicy
    {
        public override void Process(PipelineMessage message, IReadOnlyList<PipelinePolicy> pipeline, int currentIndex)
        {
            message.Request.Headers.Set("x-functions-key", key);
            ProcessNext(message, pipeline, currentIndex);
        }

        public override ValueTask ProcessAsync(PipelineMessage message, IReadOnlyList<PipelinePolicy> pipeline, int currentIndex)
        {
            message.Request.Headers.Set("x-functions-key", key);
            return ProcessNextAsync(message, pipeline, currentIndex);
        }
    }
}
