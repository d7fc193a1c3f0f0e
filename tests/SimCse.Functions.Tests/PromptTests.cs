using System.Net;
using System.Text.Json;
using SimCse.Functions.Embed;
using SimCse.Functions.Http;
using SimCse.Inference;
using SimCse.Models;
using SimCse.Models.Untrained;
using SimCse.Testing;

namespace SimCse.Functions.Tests;

/// <summary>Prompts over HTTP, each route's in its own words.</summary>
[Collection(HostSide.Collection)]
public sealed class PromptTests(AppFixture app)
{
    private const string Query = AppFixture.QueryPrompt, Passage = AppFixture.PassagePrompt;
    private const string Known = "The model has no prompt named 'clustering'; expected one of 'query', 'passage'.";

    private static readonly string Long = new('長', 200);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("/embed", "inputs", "\"prompt_name\": \"query\"", Query)]
    [InlineData("/embed", "inputs", "\"prompt_name\": \"passage\", \"truncation_direction\": \"left\"", Passage)]
    [InlineData("/v1/embeddings", "input", "\"prompt_name\": \"query\"", Query)]
    [InlineData("/v1/embeddings", "input", "\"input_type\": \"query\"", Query)]
    [InlineData("/v1/embeddings", "input", "\"input_type\": \"passage\"", Passage)]
    [InlineData("/v1/embeddings", "input", "\"input_type\": \"document\"", Passage)]
    [InlineData("/v1/embeddings", "input", "\"input_type\": \"text\"", "")]
    [InlineData("/api/embed", "inputs", "\"promptName\": \"query\"", Query)]
    [InlineData("/api/embed", "inputs", "\"prompt\": \"次の文: \"", "次の文: ")]
    [InlineData("/api/embed", "input", "\"prompt\": \"次の文: \", \"truncate\": true", "次の文: ")]
    public async Task The_prompt_goes_before_each_text(string path, string inputs, string prompt, string expected)
    {
        var fields = prompt.Contains("left", StringComparison.Ordinal) ? ", \"truncation_direction\": \"left\"" : "";

        var (status, body) = await app.Client.PostReplyAsync(path, $$"""{"{{inputs}}": ["猫", "{{Long}}"], {{prompt}}}""");
        var (_, joined) = await app.Client.PostReplyAsync(
            path, $$"""{"{{inputs}}": ["{{expected}}猫", "{{expected}}{{Long}}"]{{fields}}}""");

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.True(AreSame(joined, body));
        var (_, without) = await app.Client.PostReplyAsync(path, $$"""{"{{inputs}}": ["猫", "{{Long}}"]{{fields}}}""");
        Assert.Equal(expected.Length == 0, AreSame(without, body));
    }

    [Fact]
    public async Task Tokens_and_similarities_have_the_prompt_too()
    {
        var (_, tokens) = await app.Client.PostReplyAsync("/tokenize", """{"inputs": "猫", "prompt_name": "query"}""");
        var (_, joined) = await app.Client.PostReplyAsync("/tokenize", $$"""{"inputs": "{{Query}}猫"}""");
        Assert.Equal(joined.GetRawText(), tokens.GetRawText());
        var (_, bare) = await app.Client.PostReplyAsync(
            "/tokenize", """{"inputs": "猫", "prompt_name": "query", "add_special_tokens": false}""");
        Assert.Equal(tokens[0].GetArrayLength() - 2, bare[0].GetArrayLength());

        var (_, similar) = await app.Client.PostReplyAsync(
            "/similarity",
            """{"inputs": {"source_sentence": "猫", "sentences": ["犬", "猫"]}, "parameters": {"prompt_name": "query"}}""");
        var (_, expected) = await app.Client.PostReplyAsync(
            "/similarity", $$"""{"inputs": {"source_sentence": "{{Query}}猫", "sentences": ["{{Query}}犬", "{{Query}}猫"] } }""");
        Assert.True(AreSame(expected, similar));
    }

    [Fact]
    public async Task Info_lists_the_prompts()
    {
        var prompts = (await app.Client.GetReplyAsync("/info")).Body.GetProperty("prompts");

        Assert.Equal((Query, Passage), (prompts.GetProperty("query").GetString(), prompts.GetProperty("passage").GetString()));
    }

    [Theory]
    [InlineData("/embed", """{"inputs": "猫", "prompt_name": "clustering"}""", Known)]
    [InlineData("/tokenize", """{"inputs": "猫", "prompt_name": "clustering"}""", Known)]
    [InlineData("/v1/embeddings", """{"input": "猫", "prompt_name": "clustering"}""", Known)]
    [InlineData("/api/embed", """{"inputs": "猫", "promptName": "clustering"}""", Known)]
    [InlineData("/embed", """{"inputs": [2, 5, 3], "prompt_name": "query"}""", "The inputs are token ids, and nothing can go before")]
    [InlineData("/v1/embeddings", """{"input": [[2, 5, 3]], "input_type": "query"}""", "The inputs are token ids")]
    [InlineData("/v1/embeddings", """{"input": "猫", "input_type": "search"}""", "\"input_type\" is \"search\"; expected \"query\"")]
    [InlineData("/v1/embeddings", """{"input": "猫", "input_type": "query", "prompt_name": "query"}""", "Both \"prompt_name\" and")]
    [InlineData("/api/embed", """{"inputs": "猫", "prompt": "", "promptName": "query"}""", "Both a prompt and the name of one")]
    public async Task What_cannot_be_done_is_refused_in_the_shape_of_the_route(string path, string request, string expected)
    {
        var (status, body) = await app.Client.PostReplyAsync(path, request);

        Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
        var message = path == "/v1/embeddings" ? body.GetProperty("error").GetProperty("message").GetString()! : body.Error();
        Assert.StartsWith(expected, message, StringComparison.Ordinal);
        Assert.True(path is "/v1/embeddings" or "/api/embed" || body.GetProperty("error_type").GetString() == "Validation");
    }

    [Fact]
    public async Task A_prompt_has_a_limit_because_it_is_read_with_each_text() => Assert.Equal(
        HttpStatusCode.RequestEntityTooLarge,
        (await app.Client.PostReplyAsync("/api/embed", $$"""{"inputs": "猫", "prompt": "{{new string('問', 1_001)}}"}""")).Status);

    [Fact]
    public async Task A_job_is_submitted_with_a_prompt_and_refused_with_one_that_the_model_does_not_have()
    {
        var host = new HostSide(app.ConnectionString, app.App);
        var source = await host.UploadAsync("猫\n");

        var unknown = await SubmitAsync(source, """{"promptName": "clustering"}""");
        var both = await SubmitAsync(source, """{"prompt": "", "promptName": "query"}""");
        var taken = await SubmitAsync(source, """{"promptName": "query"}""");

        Assert.Equal((HttpStatusCode.UnprocessableEntity, Known), (unknown.Status, unknown.Body.Error()));
        Assert.Equal(HttpStatusCode.BadRequest, both.Status);
        Assert.Equal(HttpStatusCode.Accepted, taken.Status);
        var submission = taken.Body.GetProperty("submission").GetString();
        await host.InvokeAsync(
            "PlanJob", Assert.Single(await host.TakeAsync("plan", message => message.Contains(submission!, StringComparison.Ordinal))));
        var (_, job) = await app.Client.GetReplyAsync($"/api/jobs/{submission}");
        Assert.Equal("query", job.GetProperty("options").GetProperty("promptName").GetString());
        Assert.Equal(Query, job.GetProperty("prompt").GetProperty("text").GetString());
        await host.TakeShardsAsync();
    }

    /// <summary>Only the encoder knows which positions are the prompt's, also where texts are counted before they are encoded.</summary>
    [Fact]
    public async Task A_model_that_leaves_its_prompt_out_of_the_vector_does_so_for_texts_that_may_not_be_cut()
    {
        using var folder = new TemporaryFolder();
        RandomModel.Write(folder["model"], new RandomModelOptions { Layers = 1, Hidden = 32, Vocabulary = 0 });
        File.WriteAllText(folder["model/1_Pooling/config.json"], """{"pooling_mode": "mean", "include_prompt": false}""");
        using var encoder = SentenceEncoder.Load(ModelImporter.Import(folder["model"], folder["bundle"]));
        var request = new EmbeddingRequest(new(["猫が好き", "犬"], null), Truncate: false, Prompt: new(Query));

        var left = await HttpEncoder.EncodeAsync(encoder, request with { Truncate = true, TruncateLeft = true }, Token);
        var whole = await HttpEncoder.EncodeAsync(encoder, request, Token);

        var expected = await encoder.EncodeAsync(["猫が好き", "犬"], new EncodeOptions { Normalize = true, Prompt = Query }, Token);
        Assert.All(expected.Vectors.Zip(whole.Vectors), pair => Assert.Equal(pair.First, pair.Second, 1e-5f));
        Assert.All(expected.Vectors.Zip(left.Vectors), pair => Assert.Equal(pair.First, pair.Second, 1e-5f));
        var refused = await Assert.ThrowsAsync<HttpErrorException>(() => HttpEncoder.EncodeAsync(
            encoder, request with { Inputs = new([Long], null), Truncate = true, TruncateLeft = true }, Token));
        Assert.Contains("needs to see where it ends", refused.Message, StringComparison.Ordinal);
    }

    /// <summary>Vectors may differ by rounding, as other tests' texts may share a batch with one of them.</summary>
    private static bool AreSame(JsonElement a, JsonElement b) => (a.ValueKind, b.ValueKind) switch
    {
        (JsonValueKind.Number, JsonValueKind.Number) => Math.Abs(a.GetDouble() - b.GetDouble()) < 1e-5,
        (JsonValueKind.Array, JsonValueKind.Array) => a.GetArrayLength() == b.GetArrayLength()
            && a.EnumerateArray().Zip(b.EnumerateArray()).All(pair => AreSame(pair.First, pair.Second)),
        (JsonValueKind.Object, JsonValueKind.Object) =>
            a.EnumerateObject().All(member => AreSame(member.Value, b.GetProperty(member.Name))),
        _ => a.GetRawText() == b.GetRawText(),
    };

    private Task<(HttpStatusCode Status, JsonElement Body)> SubmitAsync(string source, string options) =>
        app.Client.PostReplyAsync("/api/jobs", $$"""{"source": "{{source}}", "options": {{options}}}""");
}
