using System.Net;
using System.Text.Json;
using SimCse.Inference;

namespace SimCse.Functions.Tests;

public sealed class EmbedTests(AppFixture app)
{
    private const string LongText = "長い文章です。";

    [Fact]
    public async Task Texts_become_vectors_in_their_order_as_the_encoder_makes_them()
    {
        string[] texts = ["猫が好きです。", "", "猫が好きです。", "明日は晴れるでしょう。"];
        using var encoder = SentenceEncoder.Load(app.Bundle);
        var expected = await encoder.EncodeAsync(texts, cancellationToken: TestContext.Current.CancellationToken);

        var (status, body) = await app.Client.PostReplyAsync("/api/embed", JsonSerializer.Serialize(new { inputs = texts }));

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal(expected.Tokens, body.GetProperty("tokens").EnumerateArray().Select(tokens => tokens.GetInt32()));
        Assert.Equal(texts.Select(_ => false), body.GetProperty("truncated").EnumerateArray().Select(truncated => truncated.GetBoolean()));
        Assert.Equal(app.Bundle.Model.Name, body.GetProperty("model").GetString());
        Assert.True(body.GetProperty("untrained").GetBoolean());
        var embeddings = Embeddings(body);
        for (var i = 0; i < texts.Length; i++)
        {
            Assert.Equal(expected[i].ToArray(), embeddings[i], (a, b) => MathF.Abs(a - b) < 1e-5f);
        }
    }

    [Fact]
    public async Task One_text_need_not_be_a_list()
    {
        var (status, body) = await app.Client.PostReplyAsync("/api/embed", """{"inputs": "猫"}""");

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal(app.Bundle.Model.Dimension, Assert.Single(Embeddings(body)).Length);
    }

    [Fact]
    public async Task Vectors_are_normalised_and_cut_on_request()
    {
        var (status, body) = await app.Client.PostReplyAsync("/api/embed", """{"inputs": ["猫", "犬"], "normalize": true, "dimensions": 16}""");

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.All(Embeddings(body), vector =>
        {
            Assert.Equal(16, vector.Length);
            Assert.Equal(1, vector.Sum(x => x * x), 1e-5);
        });
    }

    [Fact]
    public async Task A_long_text_is_cut_and_says_so()
    {
        var (status, body) = await app.Client.PostReplyAsync(
            "/api/embed", JsonSerializer.Serialize(new { inputs = Repeat(LongText, 140) }));

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.True(body.GetProperty("truncated")[0].GetBoolean());
        Assert.Equal(app.Bundle.Model.MaxSequenceLength, body.GetProperty("tokens")[0].GetInt32());
    }

    [Fact]
    public async Task With_truncate_false_the_first_text_that_is_too_long_is_named()
    {
        string[] texts = ["短い", Repeat("あ", 126), Repeat("あ", 127), Repeat("あ", 500)];

        var (status, body) = await app.Client.PostReplyAsync(
            "/api/embed", JsonSerializer.Serialize(new { inputs = texts, truncate = false }));

        Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
        Assert.StartsWith("\"inputs[2]\" has 129 tokens; the model reads 128.", body.Error(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_truncate_false_texts_that_fit_are_encoded()
    {
        var (status, body) = await app.Client.PostReplyAsync(
            "/api/embed", JsonSerializer.Serialize(new { inputs = Repeat("あ", 126), truncate = false }));

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal(128, body.GetProperty("tokens")[0].GetInt32());
    }

    [Theory]
    [InlineData("", "body is empty")]
    [InlineData(" \n", "body is empty")]
    [InlineData("not json", "is not JSON")]
    [InlineData("{\"inputs\": [\"あ\"", "is not JSON")]
    [InlineData("[]", "body is an array")]
    [InlineData("\"あ\"", "body is a string")]
    [InlineData("null", "body is null")]
    [InlineData("{}", "has no \"inputs\"")]
    [InlineData("{\"input\": [5]}", "\"input[0]\" is a number; expected a string")]
    [InlineData("{\"inputs\": null}", "\"inputs\" is null")]
    [InlineData("{\"inputs\": 5}", "\"inputs\" is a number")]
    [InlineData("{\"inputs\": {\"text\": \"あ\"}}", "\"inputs\" is an object")]
    [InlineData("{\"inputs\": []}", "\"inputs\" holds no text")]
    [InlineData("{\"inputs\": [\"あ\", 5]}", "\"inputs[1]\" is a number; expected a string")]
    [InlineData("{\"inputs\": [\"あ\", null]}", "\"inputs[1]\" is null; expected a string")]
    [InlineData("{\"inputs\": [[\"あ\"]]}", "\"inputs[0]\" is an array; expected a string")]
    [InlineData("{\"inputs\": \"\\ud83d\"}", "\"inputs\" is not text")]
    [InlineData("{\"inputs\": \"あ\", \"normalize\": \"yes\"}", "\"normalize\" is a string; expected true or false")]
    [InlineData("{\"inputs\": \"あ\", \"truncate\": 1}", "\"truncate\" is a number; expected true or false")]
    [InlineData("{\"inputs\": \"あ\", \"dimensions\": \"16\"}", "\"dimensions\" is a string; expected an integer")]
    [InlineData("{\"inputs\": \"あ\", \"dimensions\": 1.5}", "\"dimensions\" is 1.5; expected an integer")]
    public async Task A_body_that_is_no_request_is_refused_with_what_was_found(string request, string expected)
    {
        var (status, body) = await app.Client.PostReplyAsync("/api/embed", request);

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains(expected, body.Error(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bytes_that_are_not_UTF8_are_refused()
    {
        byte[] request = [.. "{\"inputs\": \""u8, 0x82, 0xA0, .. "\"}"u8]; // あ in Shift_JIS

        var (status, body) = await app.Client.PostReplyAsync("/api/embed", request);

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains("not UTF-8", body.Error(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_byte_order_mark_is_no_part_of_the_request()
    {
        byte[] request = [0xEF, 0xBB, 0xBF, .. "{\"inputs\": \"a\"}"u8];

        Assert.Equal(HttpStatusCode.OK, (await app.Client.PostReplyAsync("/api/embed", request)).Status);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(257)]
    public async Task Dimensions_that_the_model_does_not_have_are_refused(int dimensions)
    {
        var (status, body) = await app.Client.PostReplyAsync("/api/embed", $$"""{"inputs": "あ", "dimensions": {{dimensions}}}""");

        Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
        Assert.Equal($"\"dimensions\" is {dimensions}; expected 1 to 256, which the model has.", body.Error());
    }

    [Fact]
    public async Task As_many_texts_as_allowed_are_taken_and_one_more_is_not()
    {
        var most = JsonSerializer.Serialize(new { inputs = Enumerable.Repeat("あ", AppFixture.MaxTexts) });
        var more = JsonSerializer.Serialize(new { inputs = Enumerable.Repeat("あ", AppFixture.MaxTexts + 1) });

        Assert.Equal(HttpStatusCode.OK, (await app.Client.PostReplyAsync("/api/embed", most)).Status);
        var (status, body) = await app.Client.PostReplyAsync("/api/embed", more);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, status);
        Assert.Contains("holds 9 texts; at most 8", body.Error(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_text_of_too_many_characters_is_refused_and_named()
    {
        var request = JsonSerializer.Serialize(new { inputs = new[] { "あ", new string('a', AppFixture.MaxCharacters + 1) } });

        var (status, body) = await app.Client.PostReplyAsync("/api/embed", request);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, status);
        Assert.Contains("\"inputs[1]\" has 1001 characters; at most 1000", body.Error(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(AppFixture.MaxBodyBytes + 1)]
    [InlineData(40_000_000)] // more than Kestrel reads by itself, and more than fits into the sockets' buffers
    public async Task A_body_that_is_too_large_is_answered_and_not_cut_off(int bytes)
    {
        var request = new byte[bytes];
        request.AsSpan().Fill((byte)' ');

        var (status, body) = await app.Client.PostReplyAsync("/api/embed", request);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, status);
        Assert.Contains($"has {bytes} bytes; at most {AppFixture.MaxBodyBytes}", body.Error(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_of_unknown_length_is_held_to_the_same_limit()
    {
        using var content = new StreamContent(new UnknownLengthStream(new byte[AppFixture.MaxBodyBytes * 2]));
        using var response = await app.Client.PostAsync(
            new Uri("/api/embed", UriKind.Relative), content, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
    }

    [Fact]
    public async Task Requests_side_by_side_get_their_own_vectors()
    {
        var alone = await Task.WhenAll(Enumerable.Range(0, 4).Select(EncodeAsync));
        var together = await Task.WhenAll(Enumerable.Range(0, 16).Select(i => EncodeAsync(i % 4)));

        for (var i = 0; i < together.Length; i++)
        {
            Assert.Equal(alone[i % 4], together[i], (a, b) => MathF.Abs(a - b) < 1e-5f);
        }

        async Task<float[]> EncodeAsync(int i) =>
            Assert.Single(Embeddings((await app.Client.PostReplyAsync("/api/embed", $$"""{"inputs": "文 {{i}}"}""")).Body));
    }

    [Fact]
    public async Task Headers_in_any_language_and_long_ones_reach_the_app()
    {
        using var http = new HttpClient(
            new SocketsHttpHandler { RequestHeaderEncodingSelector = (_, _) => System.Text.Encoding.UTF8 })
        {
            BaseAddress = app.Client.BaseAddress,
        };
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/health/live?{new string('|', 2_000)}");
        request.Headers.TryAddWithoutValidation("X-Name", "日本語");
        request.Headers.TryAddWithoutValidation("X-Long", new string('a', 31_000));

        using var answer = await http.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    private static string Repeat(string text, int times) => string.Concat(Enumerable.Repeat(text, times));

    private static List<float[]> Embeddings(JsonElement body) =>
        [.. body.GetProperty("embeddings").EnumerateArray().Select(vector => vector.EnumerateArray().Select(x => x.GetSingle()).ToArray())];

    private sealed class UnknownLengthStream(byte[] content) : MemoryStream(content)
    {
        public override bool CanSeek => false;
    }
}
