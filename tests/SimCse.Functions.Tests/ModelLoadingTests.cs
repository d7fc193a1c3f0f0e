using System.Net;
using Microsoft.Extensions.DependencyInjection;
using SimCse.Inference;
using SimCse.LocalHost.Worker;
using SimCse.Models;
using SimCse.Models.Untrained;
using SimCse.Testing;

namespace SimCse.Functions.Tests;

/// <summary>What the app does before the model is there, and when it never will be.</summary>
[Collection(RunningApp.InProcess)]
public sealed class ModelLoadingTests(AppFixture app)
{
    [Fact]
    public async Task While_the_model_loads_requests_are_told_and_invocations_wait()
    {
        using var gate = new ManualResetEventSlim();
        await using var loading = await RunningApp.StartInProcessAsync(app.Settings, services => services.AddSingleton(new WarmEncoder(() =>
        {
            gate.Wait();
            return SentenceEncoder.Load(app.Bundle);
        })));
        try
        {
            var (ready, reason) = await loading.Client.GetReplyAsync("/health/ready");
            Assert.Equal(HttpStatusCode.ServiceUnavailable, ready);
            Assert.Equal("loading", reason.GetProperty("status").GetString());
            Assert.Equal("The model is being loaded.", reason.GetProperty("reason").GetString());
            Assert.Equal(HttpStatusCode.OK, (await loading.Client.GetReplyAsync("/health/live")).Status);

            using var embed = await loading.Client.PostAsync(
                new Uri("/api/embed", UriKind.Relative), new StringContent("""{"inputs": "猫"}"""), TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, embed.StatusCode);
            Assert.NotNull(embed.Headers.RetryAfter?.Delta);
            Assert.Contains(
                "being loaded", await embed.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);

            var invocation = loading.Host.InvokeWarmupAsync("Warmup", TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.OK, (await loading.Client.GetReplyAsync("/health/live")).Status);
            Assert.False(invocation.IsCompleted);

            gate.Set();
            await invocation;
            Assert.Equal(HttpStatusCode.OK, (await loading.Client.GetReplyAsync("/health/ready")).Status);
        }
        finally
        {
            gate.Set();
        }
    }

    [Fact]
    public async Task When_the_model_is_ready_health_says_which()
    {
        var (status, body) = await app.Client.GetReplyAsync("/health/ready");

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal("ready", body.GetProperty("status").GetString());
        var model = body.GetProperty("model");
        Assert.Equal(app.Bundle.Model.Name, model.GetProperty("name").GetString());
        Assert.Equal(app.Bundle.Model.Fingerprint, model.GetProperty("fingerprint").GetString());
        Assert.Equal(256, model.GetProperty("dimension").GetInt32());
        Assert.Equal(128, model.GetProperty("maxSequenceLength").GetInt32());
        Assert.Equal("cls", model.GetProperty("pooling").GetString());
        Assert.Equal("fp32", model.GetProperty("precision").GetString());
        Assert.Equal("cpu", model.GetProperty("device").GetString());
        Assert.True(model.GetProperty("untrained").GetBoolean());
    }

    [Fact]
    public async Task When_the_model_is_ready_health_says_how_the_process_started()
    {
        var startup = (await app.Client.GetReplyAsync("/health/ready")).Body.GetProperty("startup");

        Assert.True(startup.GetProperty("mainAt").GetDateTime() < DateTime.UtcNow);
        var ms = startup.GetProperty("ms").EnumerateObject().ToDictionary(stage => stage.Name, stage => stage.Value.GetDouble());
        Assert.Equal(["built", "bundle", "listening", "session", "tokenizer", "verified", "warm"], ms.Keys.Order(StringComparer.Ordinal));
        Assert.True(
            0 < ms["built"] && ms["built"] <= ms["listening"] && ms["listening"] <= ms["bundle"],
            "the host knows the worker before the bundle is looked for");
        Assert.All(["tokenizer", "session", "verified"], part => Assert.InRange(ms[part], ms["bundle"], ms["warm"]));
    }

    [Fact]
    public Task Without_a_bundle_every_use_of_the_model_fails_with_the_reason() => FailsAsync("bundle.json is missing", _ => { });

    [Fact]
    public Task With_a_corrupt_bundle_every_use_of_the_model_fails_with_the_reason() => FailsAsync("has SHA-256", folder =>
    {
        DemoModel.CreateBundle(folder);
        var vocabulary = File.ReadAllBytes(Path.Combine(folder, "vocab.txt"));
        vocabulary[100] ^= 1;
        File.WriteAllBytes(Path.Combine(folder, "vocab.txt"), vocabulary);
    });

    [Fact]
    public async Task A_model_that_is_trained_is_not_called_untrained()
    {
        using var folder = new TemporaryFolder();
        DemoModel.Write(folder["model"]);
        var configuration = Path.Combine(folder["model"], "config.json");
        File.WriteAllText(
            configuration,
            File.ReadAllText(configuration).Replace("\"simcse_untrained\": true", "\"simcse_untrained\": false", StringComparison.Ordinal));
        var bundle = ModelImporter.Import(folder["model"], folder["bundle"]);
        Assert.False(bundle.Model.Untrained);
        await using var trained = await RunningApp.StartInProcessAsync(
            app.Settings, services => services.AddSingleton(new WarmEncoder(SentenceEncoder.Load(bundle))));
        await Eventually.TrueAsync(
            "the model is ready", async () => (await trained.Client.GetReplyAsync("/health/ready")).Status == HttpStatusCode.OK,
            TestContext.Current.CancellationToken);

        var (_, body) = await trained.Client.PostReplyAsync("/api/embed", """{"inputs": "猫"}""");

        Assert.False(body.TryGetProperty("untrained", out _));
        Assert.Equal(bundle.Model.Name, body.GetProperty("model").GetString());
    }

    [Fact]
    public async Task A_bundle_for_GPUs_runs_on_a_CPU_and_the_log_says_that_it_is_the_wrong_one()
    {
        using var folder = new TemporaryFolder();
        RandomModel.Write(folder["model"], new RandomModelOptions { Layers = 1, Hidden = 64, Vocabulary = 0 });
        var bundle = ModelImporter.Import(
            folder["model"], folder["bundle"], new ImportOptions { Precision = Precision.Float16, MinSpearman = 0.9 });
        await using var running = await RunningApp.StartAsync(
            new Dictionary<string, string>(app.Settings) { ["Model__Bundle"] = bundle.Folder });
        await running.ReadyAsync();

        var (_, info) = await running.Client.GetReplyAsync("/info");

        Assert.Equal(("float16", "cpu"), (info.GetProperty("model_dtype").GetString(), info.GetProperty("device").GetString()));
        await Eventually.TrueAsync(
            "the log says so",
            () => Task.FromResult(running.Output.Contains("The bundle is in fp16, which is for GPUs", StringComparison.Ordinal)),
            TestContext.Current.CancellationToken);
    }

    private async Task FailsAsync(string expected, Action<string> arrange)
    {
        using var folder = new TemporaryFolder();
        arrange(folder["bundle"]);
        await using var running = await RunningApp.StartAsync(
            new Dictionary<string, string>(app.Settings) { ["Model__Bundle"] = folder["bundle"] });

        var health = await Eventually.GetAsync("the load fails", async () =>
        {
            var (status, body) = await running.Client.GetReplyAsync("/health/ready");
            Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
            return body.GetProperty("status").GetString() == "failed" ? body.GetProperty("reason").GetString() : null;
        }, TestContext.Current.CancellationToken);
        Assert.Contains(expected, health, StringComparison.Ordinal);

        var (embedStatus, embed) = await running.Client.PostReplyAsync("/api/embed", """{"inputs": "猫"}""");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, embedStatus);
        Assert.Contains(expected, embed.Error(), StringComparison.Ordinal);

        var invocation = await Assert.ThrowsAsync<InvocationFailedException>(
            () => running.Host.InvokeWarmupAsync("Warmup", TestContext.Current.CancellationToken));
        Assert.Contains(expected, invocation.Message, StringComparison.Ordinal);
        await Eventually.TrueAsync(
            "the log names the reason",
            () => Task.FromResult(running.Output.Contains("cannot be used, and whatever needs it fails", StringComparison.Ordinal)),
            TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, (await running.Client.GetReplyAsync("/health/live")).Status);
    }
}
