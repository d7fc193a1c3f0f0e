using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using SimCse.Inference;
using SimCse.Testing;

namespace SimCse.Functions.Tests;

/// <summary>More requests than the model can take: the answer is 429 and when to come again, in the route's own shape.</summary>
[Collection(RunningApp.InProcess)]
public sealed class OverloadTests(AppFixture app)
{
    [Theory]
    [InlineData("/embed", """{"inputs": "猫"}""", """{"error":"…","error_type":"Overloaded"}""")]
    [InlineData("/v1/embeddings", """{"input": "猫"}""", """{"error":{"message":"…","type":"…","param":null,"code":"…"}}""")]
    [InlineData("/api/embed", """{"inputs": "猫"}""", """{"error":"…"}""")]
    public async Task Beyond_the_limit_a_request_is_told_to_come_again(string path, string request, string shape)
    {
        using var encoder = SentenceEncoder.Load(app.Bundle, new SentenceEncoderOptions { MaxWait = TimeSpan.FromMilliseconds(1) });
        await using var busy = await RunningApp.StartInProcessAsync(
            app.Settings, services => services.AddSingleton(new WarmEncoder(encoder)));
        await Eventually.TrueAsync(
            "the model", async () =>
                (await busy.Client.GetReplyAsync("/health/ready")).Status == HttpStatusCode.OK, TestContext.Current.CancellationToken);

        // What waits takes longer than a request may wait. It keeps the model for longer than the test takes, and is given up at its end.
        using var enough = new CancellationTokenSource();
        var longCall = encoder.EncodeAsync(LongTexts(20_000), new EncodeOptions { Priority = EncodePriority.Interactive }, enough.Token);
        await Eventually.TrueAsync(
            "the speed of the model", () => Task.FromResult(encoder.WaitingTexts is > 0 and < 19_900),
            TestContext.Current.CancellationToken);

        using var response = await busy.Client.PostAsync(
            new Uri(path, UriKind.Relative), new StringContent(request), TestContext.Current.CancellationToken);
        await enough.CancelAsync();

        Assert.Equal(HttpStatusCode.TooManyRequests, response.StatusCode);
        Assert.True(response.Headers.RetryAfter?.Delta >= TimeSpan.FromSeconds(1));
        using var body = JsonDocument.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        using var expected = JsonDocument.Parse(shape);
        AssertShape(expected.RootElement, body.RootElement);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => longCall);

        var again = await busy.Client.PostReplyAsync(path, request);
        Assert.Equal(HttpStatusCode.OK, again.Status);
    }

    /// <summary>Different texts, so that each is a sequence of its own, all of the greatest length.</summary>
    private static string[] LongTexts(int count) => [.. Enumerable.Range(0, count).Select(i => $"{i:00000}" + new string('猫', 200))];

    private static void AssertShape(JsonElement expected, JsonElement actual)
    {
        foreach (var property in expected.EnumerateObject())
        {
            var value = actual.GetProperty(property.Name);
            if (property.Value.ValueKind == JsonValueKind.Object)
            {
                AssertShape(property.Value, value);
            }
            else if (property.Value.ValueKind == JsonValueKind.String && property.Value.GetString() != "…")
            {
                Assert.Equal(property.Value.GetString(), value.GetString());
            }
            else
            {
                Assert.Equal(property.Value.ValueKind == JsonValueKind.Null, value.ValueKind == JsonValueKind.Null);
            }
        }
    }
}
