using System.Diagnostics;
using System.Globalization;
using Microsoft.AspNetCore.Http;
using SimCse.Functions.Http;
using SimCse.Inference;

namespace SimCse.Functions.Tests;

/// <summary>Prometheus's histograms: https://prometheus.io/docs/instrumenting/exposition_formats/#histograms-and-summaries.</summary>
public sealed class RequestMetricsTests
{
    private const string Histogram = "te_request_inference_duration";

    [Fact]
    public async Task A_bucket_counts_all_requests_that_took_its_bound_or_less()
    {
        var series = await RecordAsync(300, 500, 3_000, 5_000_000, 20_000_000);

        Assert.Equal(
            [2, 2, 2, 3, 3, 4, 4],
            new[] { "0.0005", "0.001", "0.002", "0.004", "4.096", "8.192", "16.384" }.Select(
                bound => series[$"{Histogram}_bucket{{le=\"{bound}\"}}"]));
    }

    [Fact]
    public async Task The_last_bucket_is_the_count_and_the_sum_is_that_of_the_times()
    {
        var series = await RecordAsync(300, 500, 3_000, 5_000_000, 20_000_000);

        Assert.Equal((5, 5), (series[$"{Histogram}_bucket{{le=\"+Inf\"}}"], series[$"{Histogram}_count"]));
        Assert.Equal(25.0038, series[$"{Histogram}_sum"], 1e-9);
    }

    /// <summary>The answers' series after requests whose inference took so many microseconds.</summary>
    private static async Task<Dictionary<string, double>> RecordAsync(params long[] microseconds)
    {
        await using var encoder = new WarmEncoder(() => throw new InvalidOperationException("Nothing needs the model here."));
        var metrics = new RequestMetrics(encoder);
        foreach (var inference in microseconds)
        {
            var encoded = new EncodedTexts(1, 1) { Timings = new(TimeSpan.Zero, TimeSpan.Zero, TimeSpan.FromMicroseconds(inference)) };
            metrics.Succeeded(new DefaultHttpContext(), characters: 1, encoded, Stopwatch.GetTimestamp(), InferenceDevice.Cpu);
        }

        return (await metrics.ToTextAsync(TestContext.Current.CancellationToken)).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Where(line => line[0] != '#').Select(line => line.Split(' '))
            .ToDictionary(words => words[0], words => double.Parse(words[1], CultureInfo.InvariantCulture));
    }
}
