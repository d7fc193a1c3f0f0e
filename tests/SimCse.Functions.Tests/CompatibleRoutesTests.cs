using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using SimCse.Inference;

namespace SimCse.Functions.Tests;

/// <summary>The routes of OpenAI and text-embeddings-inference, with the shapes of their documentation.</summary>
public sealed class CompatibleRoutesTests(AppFixture app)
{
    private static readonly string[] Texts = ["猫が好きです。", "明日は晴れるでしょう。", "猫が好きです。"];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Embed_gives_unit_vectors_in_order_and_says_what_they_cost()
    {
        var expected = await EncodeAsync(Texts, new EncodeOptions { Normalize = true });

        using var response = await PostAsync("/embed", new { inputs = Texts });

        AssertVectors(expected, Vectors(await JsonAsync(response)));
        Assert.Equal("cpu", Header(response, "x-compute-type"));
        Assert.Equal($"{Texts.Sum(text => text.Length)}", Header(response, "x-compute-characters"));
        Assert.Equal($"{expected.TotalTokens}", Header(response, "x-compute-tokens"));
        foreach (var name in (string[])["x-compute-time", "x-total-time", "x-tokenization-time", "x-queue-time", "x-inference-time"])
        {
            Assert.True(long.Parse(Header(response, name), CultureInfo.InvariantCulture) >= 0);
        }
    }

    [Fact]
    public async Task Embed_takes_one_text_raw_vectors_and_fewer_dimensions()
    {
        var expected = await EncodeAsync(["猫"], new EncodeOptions { Dimensions = 12 });

        using var response = await PostAsync("/embed", new { inputs = "猫", normalize = false, dimensions = 12, something = "else" });

        AssertVectors(expected, Vectors(await JsonAsync(response)));
    }

    [Fact]
    public async Task Embed_cuts_on_either_side_or_not_at_all()
    {
        var text = string.Concat(Enumerable.Range(0, 200).Select(i => (char)('一' + i)));
        var (head, tail) = (
            await EncodeAsync([text[..126]], new() { Normalize = true }), await EncodeAsync([text[^126..]], new() { Normalize = true }));

        using var right = await PostAsync("/embed", new { inputs = text });
        using var left = await PostAsync("/embed", new { inputs = text, truncation_direction = "Left" });
        using var refused = await PostAsync("/embed", new { inputs = text, truncate = false });
        using var taken = await PostAsync("/embed", new { inputs = text[..126], truncate = false });

        AssertVectors(head, Vectors(await JsonAsync(right)));
        AssertVectors(tail, Vectors(await JsonAsync(left)));
        AssertVectors(head, Vectors(await JsonAsync(taken)));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.StatusCode);
        Assert.Contains("has 202 tokens; the model reads 128", (await JsonAsync(refused)).Error(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Embeddings_are_those_of_OpenAI_s_API_as_floats_and_as_base64()
    {
        var expected = await EncodeAsync(Texts, new EncodeOptions { Normalize = true, Dimensions = 32 });

        var floats = await JsonAsync(await PostAsync("/v1/embeddings", new { input = Texts, model = "any", user = "me", dimensions = 32 }));
        var base64 = await JsonAsync(await PostAsync("/v1/embeddings", new { input = Texts, dimensions = 32, encoding_format = "base64" }));

        Assert.Equal("list", floats.GetProperty("object").GetString());
        Assert.Equal(app.Bundle.Model.Name, floats.GetProperty("model").GetString());
        Assert.Equal(expected.TotalTokens, floats.GetProperty("usage").GetProperty("prompt_tokens").GetInt64());
        Assert.Equal(expected.TotalTokens, floats.GetProperty("usage").GetProperty("total_tokens").GetInt64());
        var data = floats.GetProperty("data").EnumerateArray().ToArray();
        Assert.Equal([0, 1, 2], data.Select(item => item.GetProperty("index").GetInt32()));
        Assert.All(data, item => Assert.Equal("embedding", item.GetProperty("object").GetString()));
        AssertVectors(expected, [.. data.Select(item => Vector(item.GetProperty("embedding")))]);
        AssertVectors(expected, [.. base64.GetProperty("data").EnumerateArray().Select(item => FromBase64(item.GetProperty("embedding")))]);
    }

    [Fact]
    public async Task Token_ids_give_the_vector_of_their_text()
    {
        var expected = await EncodeAsync(Texts, new EncodeOptions { Normalize = true });
        var tokens = await JsonAsync(await PostAsync("/tokenize", new { inputs = Texts }));
        int[][] ids =
        [
            .. tokens.EnumerateArray().Select(text => text.EnumerateArray().Select(token => token.GetProperty("id").GetInt32()).ToArray()),
        ];

        AssertVectors(expected, Vectors(await JsonAsync(await PostAsync("/embed", new { inputs = ids }))));
        var one = await JsonAsync(await PostAsync("/v1/embeddings", new { input = ids[1] }));
        Assert.Equal(
            expected[1].ToArray(), Vector(one.GetProperty("data")[0].GetProperty("embedding")), (a, b) => MathF.Abs(a - b) < 1e-5f);
    }

    [Fact]
    public async Task Token_ids_are_cut_as_their_text_is()
    {
        var text = string.Concat(Enumerable.Range(0, 200).Select(i => (char)('一' + i)));
        var tokens = await JsonAsync(await PostAsync("/tokenize", new { inputs = text }));
        int[] ids = [.. tokens[0].EnumerateArray().Select(token => token.GetProperty("id").GetInt32())];
        foreach (var side in (string[])["Left", "Right"])
        {
            var ofText = await JsonAsync(await PostAsync("/embed", new { inputs = text, truncation_direction = side }));
            var ofIds = await JsonAsync(await PostAsync("/embed", new { inputs = ids, truncation_direction = side }));
            Assert.Equal(ofText.ToString(), ofIds.ToString());
        }
    }

    [Theory]
    [InlineData("[9906, 1917]")] // cl100k's of "Hello world", as in case 34
    [InlineData("[[9906, 1917]]")]
    [InlineData("[[2, 5, 3], [5]]")]
    [InlineData("[2, 5]")]
    [InlineData("[5, 3]")]
    [InlineData("[2]")]
    [InlineData("[3, 2]")]
    public async Task Token_ids_without_the_marks_of_this_model_are_of_another_one_and_name_the_setting(string ids)
    {
        using var tei = await PostRawAsync("/embed", $$"""{"inputs": {{ids}}}""");
        using var openAi = await PostRawAsync("/v1/embeddings", $$"""{"input": {{ids}}, "encoding_format": "base64", "model": "x"}""");

        AssertTei(tei.StatusCode, await JsonAsync(tei), 422, "Tokenizer");
        AssertOpenAi(openAi.StatusCode, await JsonAsync(openAi), 422, "Tokenizer");
        Assert.Contains("send texts", await TextAsync(openAi), StringComparison.Ordinal);
        Assert.Contains("check_embedding_ctx_length=False", await TextAsync(openAi), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Vectors_have_length_1_or_not_as_the_request_says_and_the_answer_says_which()
    {
        foreach (var (path, field, usual) in ((string, string, bool)[])
        [
            ("/v1/embeddings", "input", true), ("/embed", "inputs", true), ("/api/embed", "inputs", false), ("/api/embed", "input", true),
        ])
        {
            foreach (var asked in (bool?[])[null, true, false])
            {
                var request = JsonSerializer.Serialize(new Dictionary<string, object?> { [field] = "猫", ["normalize"] = asked });
                var body = await JsonAsync(await PostRawAsync(path, request));
                var vector = Vector(path == "/embed" ? body[0]
                    : body.TryGetProperty("data", out var data) ? data[0].GetProperty("embedding") : body.GetProperty("embeddings")[0]);
                Assert.Equal(asked ?? usual, MathF.Abs(System.Numerics.Tensors.TensorPrimitives.Norm<float>(vector) - 1) < 1e-5f);
                Assert.True(path == "/embed" || body.GetProperty("normalized").GetBoolean() == (asked ?? usual), request);
            }
        }
    }

    [Fact]
    public async Task Similarity_gives_cosines_with_the_source_sentence()
    {
        var vectors = await EncodeAsync(Texts, new EncodeOptions { Normalize = true });
        var cosine = System.Numerics.Tensors.TensorPrimitives.Dot(vectors[0].Span, vectors[1].Span);

        var body = await JsonAsync(
            await PostAsync("/similarity", new { inputs = new { source_sentence = Texts[0], sentences = Texts[1..] } }));

        var cosines = Vector(body);
        Assert.Equal(2, cosines.Length);
        Assert.Equal(cosine, cosines[0], 1e-5f);
        Assert.Equal(1, cosines[1], 1e-5f);
    }

    [Fact]
    public async Task Tokenize_and_decode_are_inverse_to_each_other()
    {
        var tokens = (await JsonAsync(await PostAsync("/tokenize", new { inputs = "猫と犬" })))[0];
        var bare = (await JsonAsync(await PostAsync("/tokenize", new { inputs = "猫と犬", add_special_tokens = false })))[0];

        Assert.Equal(["[CLS]", "猫", "と", "犬", "[SEP]"], tokens.EnumerateArray().Select(token => token.GetProperty("text").GetString()));
        Assert.Equal([true, false, false, false, true], tokens.EnumerateArray().Select(token => token.GetProperty("special").GetBoolean()));
        Assert.Equal(["猫", "と", "犬"], bare.EnumerateArray().Select(token => token.GetProperty("text").GetString()));
        Assert.Equal(JsonValueKind.Null, tokens[0].GetProperty("start").ValueKind);

        int[] ids = [.. tokens.EnumerateArray().Select(token => token.GetProperty("id").GetInt32())];
        Assert.Equal("猫 と 犬", (await JsonAsync(await PostAsync("/decode", new { ids })))[0].GetString());
        var both = await JsonAsync(await PostAsync("/decode", new { ids = new[] { ids, ids[1..2] }, skip_special_tokens = false }));
        Assert.Equal(["[CLS] 猫 と 犬 [SEP]", "猫"], both.EnumerateArray().Select(text => text.GetString()));
    }

    /// <summary>
    /// As <c>JavaScriptEncoder.UnsafeRelaxedJsonEscaping</c> has it: what JSON itself cannot hold is escaped, and nothing else.
    /// </summary>
    [Fact]
    public async Task An_answer_that_is_streamed_leaves_Japanese_and_signs_of_HTML_as_they_are()
    {
        using var response = await PostAsync("/tokenize", new { inputs = "猫<&'+" });
        var text = await TextAsync(response);

        Assert.All((string[])["猫", "<", "&", "'", "+"], piece => Assert.Contains($"\"text\":\"{piece}\"", text, StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_answer_that_is_sent_whole_leaves_Japanese_and_signs_of_HTML_as_they_are()
    {
        var tokens = (await JsonAsync(await PostAsync("/tokenize", new { inputs = "猫<&'+" })))[0];
        using var response = await PostAsync(
            "/decode", new { ids = tokens.EnumerateArray().Select(token => token.GetProperty("id").GetInt32()) });
        using var refused = await PostAsync("/embed", new { inputs = "猫", prompt_name = "猫<&'+" });

        Assert.Equal("""["猫 < & ' +"]""", await TextAsync(response));
        Assert.Contains("no prompt named '猫<&'+'", await TextAsync(refused), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Info_health_and_metrics_answer_as_those_of_text_embeddings_inference()
    {
        (await PostAsync("/embed", new { inputs = "猫" })).Dispose();
        (await PostAsync("/embed", new { inputs = 5 })).Dispose();

        var (status, info) = await app.Client.GetReplyAsync("/info");
        using var health = await app.Client.GetAsync(new Uri("/health", UriKind.Relative), Cancellation);
        using var metrics = await app.Client.GetAsync(new Uri("/metrics", UriKind.Relative), Cancellation);

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal((app.Bundle.Model.Name, app.Bundle.Model.Fingerprint, "float32"), (
            info.GetProperty("model_id").GetString(), info.GetProperty("model_sha").GetString(),
            info.GetProperty("model_dtype").GetString()));
        Assert.Equal((512, "cpu", true), (
            info.GetProperty("max_batch_tokens").GetInt32(), info.GetProperty("device").GetString(),
            info.GetProperty("untrained").GetBoolean()));
        Assert.Equal("cls", info.GetProperty("model_type").GetProperty("embedding").GetProperty("pooling").GetString());
        Assert.Equal((128, AppFixture.MaxTexts, true), (
            info.GetProperty("max_input_length").GetInt32(), info.GetProperty("max_client_batch_size").GetInt32(),
            info.GetProperty("auto_truncate").GetBoolean()));
        Assert.Equal(HttpStatusCode.OK, health.StatusCode);
        Assert.Equal("text/plain", metrics.Content.Headers.ContentType!.MediaType);
        var lines = (await metrics.Content.ReadAsStringAsync(Cancellation)).Split('\n');
        Assert.Contains(lines, line => line.StartsWith("te_request_count{method=\"single\"} ", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith("te_request_success{method=\"single\"} ", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith("te_request_failure{err=\"validation\"} ", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith("te_request_inference_duration_bucket{le=\"0.001\"} ", StringComparison.Ordinal));
        Assert.Contains("te_queue_size 0", lines);
    }

    [Theory]
    [InlineData("", 400, "Validation")]
    [InlineData("not json", 400, "Validation")]
    [InlineData("[]", 400, "Validation")]
    [InlineData("{}", 422, "Validation")]
    [InlineData("{\"IN\": 5}", 422, "Validation")]
    [InlineData("{\"IN\": null}", 422, "Validation")]
    [InlineData("{\"IN\": [\"あ\", 5]}", 422, "Validation")]
    [InlineData("{\"IN\": [5, \"あ\"]}", 422, "Validation")]
    [InlineData("{\"IN\": [[5], \"あ\"]}", 422, "Validation")]
    [InlineData("{\"IN\": [1.5]}", 422, "Validation")]
    [InlineData("{\"IN\": []}", 400, "Empty")]
    [InlineData("{\"IN\": \"\"}", 400, "Empty")]
    [InlineData("{\"IN\": [\"あ\", \"\"]}", 400, "Empty")]
    [InlineData("{\"IN\": [[]]}", 400, "Empty")]
    [InlineData("{\"IN\": [\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\",\"8\",\"9\"]}", 413, "Validation")]
    [InlineData("{\"IN\": [100000000]}", 422, "Tokenizer")]
    [InlineData("{\"IN\": [[2, -1, 3]]}", 422, "Tokenizer")]
    [InlineData("{\"IN\": [99999999999999]}", 422, "Tokenizer")]
    [InlineData("{\"IN\": \"あ\", \"dimensions\": 0}", 422, "Validation")]
    [InlineData("{\"IN\": \"あ\", \"dimensions\": 257}", 422, "Validation")]
    [InlineData("{\"IN\": \"あ\", \"dimensions\": \"12\"}", 422, "Validation")]
    [InlineData("{\"IN\": \"\\ud83d\"}", 422, "Validation")]
    public async Task Bad_input_is_refused_in_the_shape_of_its_route(string request, int status, string type)
    {
        using var tei = await PostRawAsync("/embed", request.Replace("IN", "inputs", StringComparison.Ordinal));
        using var openAi = await PostRawAsync("/v1/embeddings", request.Replace("IN", "input", StringComparison.Ordinal));

        AssertTei(tei.StatusCode, await JsonAsync(tei), status, type);
        AssertOpenAi(openAi.StatusCode, await JsonAsync(openAi), status, type);
    }

    [Theory]
    [InlineData("/v1/embeddings", "{\"input\": \"あ\", \"encoding_format\": \"int8\"}", 422, "Validation")]
    [InlineData("/v1/embeddings", "{\"input\": \"あ\", \"encoding_format\": 5}", 422, "Validation")]
    [InlineData("/embed", "{\"inputs\": \"あ\", \"normalize\": \"yes\"}", 422, "Validation")]
    [InlineData("/embed", "{\"inputs\": \"あ\", \"truncation_direction\": \"up\"}", 422, "Validation")]
    [InlineData("/embed", "{\"inputs\": \"あ\", \"prompt_name\": \"clustering\"}", 422, "Validation")]
    [InlineData("/similarity", "{\"inputs\": \"あ\"}", 422, "Validation")]
    [InlineData("/similarity", "{\"inputs\": {\"source_sentence\": \"あ\", \"sentences\": []}}", 400, "Empty")]
    [InlineData("/similarity", "{\"inputs\": {\"source_sentence\": \"あ\", \"sentences\": " +
        "[\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\",\"8\"]}}", 413, "Validation")]
    [InlineData("/similarity", "{\"inputs\": {\"source_sentence\": \"\\udc00\", \"sentences\": [\"1\"]}}", 422, "Validation")]
    [InlineData("/similarity", "{\"inputs\": {\"source_sentence\": \"\", \"sentences\": [\"1\"]}}", 400, "Empty")]
    [InlineData("/tokenize", "{\"inputs\": []}", 400, "Empty")]
    [InlineData("/tokenize", "{\"inputs\": [\"\"]}", 400, "Empty")]
    [InlineData("/tokenize", "{\"inputs\": [1]}", 422, "Validation")]
    [InlineData("/decode", "{\"ids\": []}", 400, "Empty")]
    [InlineData("/decode", "{\"ids\": \"あ\"}", 422, "Validation")]
    [InlineData("/decode", "{\"ids\": [100000000]}", 422, "Tokenizer")]
    public async Task Fields_of_one_route_are_held_to_their_values(string route, string request, int status, string type)
    {
        using var response = await PostRawAsync(route, request);
        var body = await JsonAsync(response);

        if (route == "/v1/embeddings")
        {
            AssertOpenAi(response.StatusCode, body, status, type);
        }
        else
        {
            AssertTei(response.StatusCode, body, status, type);
        }
    }

    [Theory]
    [InlineData("/v1/embeddings", "{\"input\": \"あ\", \"encoding_format\": null, \"dimensions\": null, \"user\": null}")]
    [InlineData("/embed", "{\"inputs\": \"あ\", \"normalize\": null, \"truncate\": null, \"truncation_direction\": null, \"prompt_name\": " +
        "null, \"dimensions\": null}")]
    [InlineData("/similarity", "{\"inputs\": {\"source_sentence\": \"あ\", \"sentences\": [\"い\"]}, \"parameters\": null}")]
    [InlineData("/tokenize", "{\"inputs\": \"あ\", \"add_special_tokens\": null}")]
    [InlineData("/decode", "{\"ids\": [5], \"skip_special_tokens\": null}")]
    [InlineData("/api/embed", "{\"inputs\": \"\", \"normalize\": null, \"truncate\": null, \"dimensions\": null}")]
    public async Task Null_is_as_good_as_nothing(string route, string request)
    {
        using var response = await PostRawAsync(route, request);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Theory]
    [InlineData("/embed", "inputs", 10 << 20)]
    [InlineData("/v1/embeddings", "input", 10 << 20)]
    [InlineData("/tokenize", "inputs", 10 << 20)]
    [InlineData("/embed", "inputs", AppFixture.MaxCharacters + 1)]
    [InlineData("/v1/embeddings", "input", AppFixture.MaxCharacters + 1)]
    public async Task A_text_of_too_many_characters_is_413(string route, string field, int characters)
    {
        using var response = await PostRawAsync(route, $$"""{"{{field}}": "{{new string('a', characters)}}"}""");
        var body = await JsonAsync(response);

        if (route == "/v1/embeddings")
        {
            AssertOpenAi(response.StatusCode, body, 413, "Validation");
        }
        else
        {
            AssertTei(response.StatusCode, body, 413, "Validation");
        }
    }

    private static void AssertTei(HttpStatusCode found, JsonElement body, int status, string type)
    {
        Assert.Equal(status, (int)found);
        Assert.Equal(type, body.GetProperty("error_type").GetString());
        Assert.NotEmpty(body.Error());
    }

    /// <summary>What OpenAI's clients read (<c>error</c>), and what TEI's OpenAI route gives (beside it).</summary>
    private static void AssertOpenAi(HttpStatusCode found, JsonElement body, int status, string type)
    {
        Assert.Equal((status, status), ((int)found, body.GetProperty("code").GetInt32()));
        Assert.Equal((type, type), (body.GetProperty("type").GetString(), body.GetProperty("error").GetProperty("code").GetString()));
        Assert.Equal("invalid_request_error", body.GetProperty("error").GetProperty("type").GetString());
        Assert.Equal(JsonValueKind.Null, body.GetProperty("error").GetProperty("param").ValueKind);
        Assert.NotEmpty(body.GetProperty("message").GetString()!);
        Assert.Equal(body.GetProperty("message").GetString(), body.GetProperty("error").GetProperty("message").GetString());
    }

    private static void AssertVectors(EncodedTexts expected, List<float[]> actual)
    {
        Assert.Equal(expected.Count, actual.Count);
        Assert.All(actual, (vector, i) => Assert.Equal(expected[i].ToArray(), vector, (a, b) => MathF.Abs(a - b) < 1e-5f));
    }

    private async Task<EncodedTexts> EncodeAsync(string[] texts, EncodeOptions options)
    {
        using var encoder = SentenceEncoder.Load(app.Bundle);
        return await encoder.EncodeAsync(texts, options, Cancellation);
    }

    private Task<HttpResponseMessage> PostAsync<T>(string path, T request) => PostRawAsync(path, JsonSerializer.Serialize(request));

    private async Task<HttpResponseMessage> PostRawAsync(string path, string request)
    {
        using var content = new StringContent(request, Encoding.UTF8, "application/json");
        return await app.Client.PostAsync(new Uri(path, UriKind.Relative), content, Cancellation);
    }

    private static async Task<JsonElement> JsonAsync(HttpResponseMessage response) =>
        JsonDocument.Parse(await TextAsync(response)).RootElement;

    private static Task<string> TextAsync(HttpResponseMessage response) => response.Content.ReadAsStringAsync(Cancellation);

    private static string Header(HttpResponseMessage response, string name) => response.Headers.GetValues(name).Single();

    private static List<float[]> Vectors(JsonElement body) => [.. body.EnumerateArray().Select(Vector)];

    private static float[] Vector(JsonElement vector) => [.. vector.EnumerateArray().Select(x => x.GetSingle())];

    private static float[] FromBase64(JsonElement vector)
    {
        var bytes = vector.GetBytesFromBase64();
        return [.. Enumerable.Range(0, bytes.Length / 4).Select(i => BinaryPrimitives.ReadSingleLittleEndian(bytes.AsSpan(i * 4)))];
    }
}
