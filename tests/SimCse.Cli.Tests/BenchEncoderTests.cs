using System.Text.Json;
using SimCse.Testing;

namespace SimCse.Cli.Tests;

/// <summary>That the measurements run and add up; how fast anything is, no test may say.</summary>
public sealed class BenchEncoderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Encode_reports_every_length_beside_the_bare_products()
    {
        var result = await _folder.RunAsync(
            "bench", "encode", "--tokens", "20", "--tokens", "128", "--rounds", "1", "--batches", "1", "--json").SucceedAsync();

        using var json = JsonDocument.Parse(result.Output);
        var measurements = json.RootElement.GetProperty("measurements").EnumerateArray().ToArray();
        Assert.Equal(["20 tokens", "128 tokens"], measurements.Select(measurement => measurement.GetProperty("texts").GetString()));
        Assert.All(measurements, measurement =>
        {
            // Of one round, the share's ceiling is the mean of two, and so is their median.
            var share = measurement.GetProperty("operationsPerSecond").GetDouble() / measurement.GetProperty("ceiling").GetDouble();
            Assert.Equal(share, measurement.GetProperty("share").GetDouble(), 1e-9);
            Assert.True(share > 0);
        });
        Assert.Equal(
            20, measurements[0].GetProperty("tokensPerSecond").GetDouble() / measurements[0].GetProperty("textsPerSecond").GetDouble(),
            1e-6);
    }

    [Fact]
    public async Task Tune_keeps_the_best_way_with_the_bundle_whose_fingerprint_stays()
    {
        await _folder.RunAsync("model", "random", "--layers", "1", "--hidden", "64", "--vocab", "0", "-o", "model").SucceedAsync();
        await _folder.RunAsync("model", "import", "model", "-o", "bundle").SucceedAsync();
        var before = await _folder.RunAsync("model", "info", "bundle", "--json").SucceedAsync();

        var tuned = await _folder.RunAsync("bench", "tune", "--model", "bundle", "--rounds", "1", "--json").SucceedAsync();

        using var json = JsonDocument.Parse(tuned.Output);
        var best = json.RootElement.GetProperty("ways").EnumerateArray().Single(way => way.GetProperty("best").GetBoolean());
        using var file = JsonDocument.Parse(
            await File.ReadAllTextAsync(_folder["bundle/tuning.json"], TestContext.Current.CancellationToken));
        Assert.All(
            ["lanes", "threadsPerLane", "maxTokensPerBatch"],
            name => Assert.Equal(best.GetProperty(name).GetInt32(), file.RootElement.GetProperty(name).GetInt32()));
        var after = await _folder.RunAsync("model", "info", "bundle", "--json").SucceedAsync();
        Assert.Equal(before.Output, after.Output);
        await _folder.WriteAsync("texts.txt", "犬が走る。\n");
        await _folder.RunAsync("encode", "texts.txt", "-o", "out.jsonl", "--model", "bundle").SucceedAsync();
    }
}
