using System.Net;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using SimCse.Inference;
using SimCse.Testing;

namespace SimCse.Functions.Tests;

/// <summary>Clients that go away while their texts wait.</summary>
[Collection(RunningApp.InProcess)]
public sealed class GivenUpTests(AppFixture app)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("/embed", "inputs")]
    [InlineData("/v1/embeddings", "input")]
    [InlineData("/api/embed", "inputs")]
    public async Task Take_their_texts_out_of_the_queue_and_leave_the_others_in_it(string path, string field)
    {
        // 1. The model has a batch in flight that ends when the test says so; what comes meanwhile waits.
        using var mayRun = new ManualResetEventSlim(true);
        var held = new TaskCompletionSource();
        using var encoder = SentenceEncoder.Load(app.Bundle, new SentenceEncoderOptions { Lanes = 1, BeforeBatch = Hold });
        await using var busy = await RunningApp.StartInProcessAsync(
            app.Settings, services => services.AddSingleton(new WarmEncoder(encoder)));
        await Eventually.TrueAsync(
            "the model", async () => (await busy.Client.GetReplyAsync("/health/ready")).Status == HttpStatusCode.OK, Cancellation);
        mayRun.Reset();
        var inFlight = encoder.EncodeAsync(["海"], new EncodeOptions { Priority = EncodePriority.Interactive }, Cancellation);
        await held.Task.WaitAsync(Patience, Cancellation);

        // 2. Two clients come, one goes.
        using var givesUp = new CancellationTokenSource();
        using var patientClient = new HttpClient(new OpenApiContract()) { BaseAddress = busy.Client.BaseAddress };
        using var impatientClient = new HttpClient(new OpenApiContract()) { BaseAddress = busy.Client.BaseAddress };
        var patient = PostAsync(patientClient, $$"""{"{{field}}": "猫"}""", Cancellation);
        await WaitingAsync(1);
        var impatient = PostAsync(impatientClient, $$"""{"{{field}}": ["犬が", "走る。"]}""", givesUp.Token);
        await WaitingAsync(3);
        await givesUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => impatient);

        // 3. Its texts are gone, and nobody else's.
        await WaitingAsync(1);
        mayRun.Set();
        Assert.Equal(HttpStatusCode.OK, (await patient).StatusCode);
        await inFlight;

        void Hold()
        {
            if (!mayRun.IsSet)
            {
                held.TrySetResult();
                Assert.True(mayRun.Wait(Patience));
            }
        }

        Task<HttpResponseMessage> PostAsync(HttpClient client, string body, CancellationToken token) =>
            client.PostAsync(new Uri(path, UriKind.Relative), new StringContent(body, Encoding.UTF8, "application/json"), token);

        Task WaitingAsync(int texts) =>
            Eventually.TrueAsync($"{texts} texts in the queue", () => Task.FromResult(encoder.WaitingTexts == texts), Cancellation);
    }
}
