using System.Diagnostics;
using SimCse.Inference;
using SimCse.Models.Measurement;

namespace SimCse.Cli.Bench;

/// <summary>What one set of texts gave, medians over the rounds.</summary>
/// <param name="Name">Of the set.</param>
/// <param name="TextsPerSecond">Through the encoder, tokenizer included.</param>
/// <param name="TokensPerSecond">Ids that the model read.</param>
/// <param name="OperationsPerSecond">That the model needed for them.</param>
/// <param name="Ceiling">Operations a second of bare products, measured interleaved with the above.</param>
/// <param name="Share">Of the ceiling: each round's operations by the ceiling just before and after them, and of these the median.</param>
internal sealed record EncodeMeasurement(
    string Name, double TextsPerSecond, double TokensPerSecond, double OperationsPerSecond, double Ceiling, double Share);

/// <summary>Measures an encoder beside the bare products of its model's shapes, interleaved. Needs the machine for itself.</summary>
/// <param name="encoder">Stays with the caller.</param>
/// <param name="ceiling">Of the same bundle, lanes and threads.</param>
/// <param name="rounds">Of which medians are taken.</param>
internal sealed class EncodeBench(SentenceEncoder encoder, ProductCeiling ceiling, int rounds)
{
    private static readonly TimeSpan CeilingTime = TimeSpan.FromMilliseconds(450);

    public async Task<EncodeMeasurement> RunAsync(string name, string[] texts, CancellationToken cancellationToken)
    {
        var encoded = await encoder.EncodeAsync(texts, cancellationToken: cancellationToken); // and everything is warm
        var operations = encoded.Tokens.Sum(tokens => ModelOperations.ForText(encoder.Bundle.Manifest, tokens));
        var (seconds, ceilings) = (new double[rounds], new double[rounds + 1]);
        ceilings[0] = Ceiling();
        for (var round = 0; round < rounds; round++)
        {
            var watch = Stopwatch.StartNew();
            await encoder.EncodeAsync(texts, cancellationToken: cancellationToken);
            seconds[round] = watch.Elapsed.TotalSeconds;
            ceilings[round + 1] = Ceiling();
        }

        // A shared machine changes its speed within seconds: a round is compared with the ceilings beside it, not with the median of all.
        var shares = seconds.Select((second, round) => operations / second / ((ceilings[round] + ceilings[round + 1]) / 2));
        var median = Statistics.Median(seconds);
        return new EncodeMeasurement(
            name, texts.Length / median, encoded.TotalTokens / median, operations / median, Statistics.Median(ceilings),
            Statistics.Median(shares));

        double Ceiling() => ceiling.Measure(encoder.MaxTokensPerBatch, CeilingTime);
    }
}
