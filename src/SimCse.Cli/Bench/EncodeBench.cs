using System.Diagnostics;
using SimCse.Inference;
using SimCse.Models.Measurement;

namespace SimCse.Cli.Bench;

/// <summary>The measurements of one set of texts, as medians over the rounds.</summary>
/// <param name="Name">The name of the set.</param>
/// <param name="TextsPerSecond">Texts per second through the encoder, including the tokenizer.</param>
/// <param name="TokensPerSecond">Ids per second that the model read.</param>
/// <param name="OperationsPerSecond">Operations per second that the model needed for these texts.</param>
/// <param name="Ceiling">Operations per second of bare products, measured before and after each round.</param>
/// <param name="Share">The median, over the rounds, of speed divided by the mean of the ceilings just before and after.</param>
internal sealed record EncodeMeasurement(
    string Name, double TextsPerSecond, double TokensPerSecond, double OperationsPerSecond, double Ceiling, double Share);

/// <summary>Measures an encoder interleaved with bare products of its model's shapes. Nothing else may run on the machine.</summary>
/// <param name="encoder">The encoder to measure; the caller still owns it.</param>
/// <param name="ceiling">The products of the same bundle, lanes and threads.</param>
/// <param name="rounds">The number of rounds that the medians are taken over.</param>
internal sealed class EncodeBench(SentenceEncoder encoder, ProductCeiling ceiling, int rounds)
{
    private static readonly TimeSpan CeilingTime = TimeSpan.FromMilliseconds(450);

    public async Task<EncodeMeasurement> RunAsync(string name, string[] texts, CancellationToken cancellationToken)
    {
        var encoded = await encoder.EncodeAsync(texts, cancellationToken: cancellationToken); // this also warms everything up
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

        // A shared machine changes its speed within seconds, so each round is compared with its own ceilings, not with a median.
        var shares = seconds.Select((second, round) => operations / second / ((ceilings[round] + ceilings[round + 1]) / 2));
        var median = Statistics.Median(seconds);
        return new EncodeMeasurement(
            name, texts.Length / median, encoded.TotalTokens / median, operations / median, Statistics.Median(ceilings),
            Statistics.Median(shares));

        double Ceiling() => ceiling.Measure(encoder.MaxTokensPerBatch, CeilingTime);
    }
}
