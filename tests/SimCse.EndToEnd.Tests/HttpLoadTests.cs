using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using SimCse.Inference;
using SimCse.Jobs.Clients;
using SimCse.Jobs.State;
using SimCse.Testing;

namespace SimCse.EndToEnd.Tests;

/// <summary>Many connections at once beside a job: nobody's text is lost, and nobody's vector is another's.</summary>
public sealed class HttpLoadTests(DemoBundle demo)
{
    private const int Connections = 64;
    private const int RequestsPerConnection = 10;
    private const int MaxTries = 20;
    private const int Lines = 10_000;
    private const float Tolerance = 1e-5f;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Sixty_four_connections_and_a_job_each_get_their_own_vectors()
    {
        await using var app = await RunningApp.StartAsync();
        string[] lines = [.. Enumerable.Range(1, Lines).Select(line => $"{line}行目です。{string.Concat(Enumerable.Repeat("長い文", line % 6))}")];
        string[] texts =
        [
            .. Enumerable.Range(0, Connections * RequestsPerConnection)
                .Select(i => $"短い文の{i}番。{string.Concat(Enumerable.Repeat("雨が降る。", i % 4))}"),
        ];

        // 1. The job begins; 2. the connections send what they have; 3. the job ends.
        await app.DropAsync("loaded.txt", string.Concat(lines.Select(line => line + "\n")), new JobOptions { Normalize = true });
        await app.WaitForShardsAsync("loaded.txt", 0);
        var answers = await Task.WhenAll(Enumerable.Range(0, Connections).Select(connection => SendAsync(
            app.Http, connection % 2 == 0
                ? "/embed"
                : "/v1/embeddings", texts.AsMemory(connection * RequestsPerConnection, RequestsPerConnection))));
        var answered = DateTimeOffset.UtcNow;
        var job = await app.WaitAsync("loaded.txt");
        Assert.True(job.CompletedOn > answered, "The job was over before the last answer.");

        await AssertVectorsAsync(texts, answers.SelectMany(vectors => vectors));
        Assert.Equal((JobStatus.Succeeded, Lines, 0), (job.State, job.Rows, job.Errors));
        var rows = await app.QueryAsync(job, "select line, text, embedding from parts order by line");
        Assert.Equal(
            Enumerable.Range(1, Lines), rows.Select(row => Convert.ToInt32(row[0], System.Globalization.CultureInfo.InvariantCulture)));
        Assert.Equal(lines, rows.Select(row => (string)row[1]!));
        await AssertVectorsAsync(lines, rows.Select(row => ((List<float>)row[2]!).ToArray()));
    }

    /// <summary>A connection's requests, one after the other, each until it is answered with a vector.</summary>
    private static async Task<List<float[]>> SendAsync(HttpClient http, string route, ReadOnlyMemory<string> texts)
    {
        var vectors = new List<float[]>();
        foreach (var text in texts.ToArray())
        {
            vectors.Add(await SendAsync(http, route, text));
        }

        return vectors;
    }

    private static async Task<float[]> SendAsync(HttpClient http, string route, string text)
    {
        for (var attempt = 0; attempt < MaxTries; attempt++)
        {
            using var reply = route == "/embed"
                ? await http.PostAsJsonAsync(route, new { inputs = text }, Cancellation)
                : await http.PostAsJsonAsync(route, new { input = text, model = "any" }, Cancellation);
            using var json = JsonDocument.Parse(await reply.Content.ReadAsStringAsync(Cancellation));
            if (reply.StatusCode != HttpStatusCode.TooManyRequests)
            {
                Assert.True(reply.StatusCode == HttpStatusCode.OK, $"{reply.StatusCode}: {json.RootElement}");
                var vector = route == "/embed" ? json.RootElement[0] : json.RootElement.GetProperty("data")[0].GetProperty("embedding");
                return [.. vector.EnumerateArray().Select(component => component.GetSingle())];
            }

            Assert.NotNull(reply.Headers.RetryAfter?.Delta);
            await Task.Delay(reply.Headers.RetryAfter.Delta.Value, Cancellation); // what the app asked for
        }

        throw new TimeoutException($"'{text}' was turned away {MaxTries} times.");
    }

    private async Task AssertVectorsAsync(string[] texts, IEnumerable<float[]> actual)
    {
        var expected = await demo.Encoder.EncodeAsync(texts, new EncodeOptions { Normalize = true }, Cancellation);
        var vectors = actual.ToArray();
        Assert.Equal(texts.Length, vectors.Length);
        var wrong = Enumerable.Range(0, texts.Length).Where(i => !IsNear(vectors[i], expected[i].Span)).Select(i => texts[i]);
        Assert.Empty(wrong);
    }

    private static bool IsNear(ReadOnlySpan<float> actual, ReadOnlySpan<float> expected)
    {
        if (actual.Length != expected.Length)
        {
            return false;
        }

        for (var i = 0; i < actual.Length; i++)
        {
            if (!(Math.Abs(actual[i] - expected[i]) <= Tolerance))
            {
                return false;
            }
        }

        return true;
    }
}
