using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using SimCse.Inference;
using SimCse.Jobs.Parts;
using SimCse.Models.Measurement;

namespace SimCse.Benchmarks.Jobs;

/// <summary>Measures a job's work without storage and messages: encoding, and writing its parts. Only one run at a time.</summary>
/// <param name="encoder">The encoder to measure; the caller still owns it.</param>
/// <param name="ceiling">The products of the same bundle, lanes and threads.</param>
internal sealed class AloneBench(SentenceEncoder encoder, ProductCeiling ceiling)
{
    private const int TextsPerShard = 4_096;
    private static readonly TimeSpan CeilingTime = TimeSpan.FromMilliseconds(600);

    public async Task<AloneRun> RunAsync(IEnumerable<string> texts, CancellationToken cancellationToken)
    {
        var products = ceiling.Measure(encoder.MaxTokensPerBatch, CeilingTime);
        var (seconds, cpu, operations, writeCpu) = (0.0, 0.0, 0.0, 0.0);
        foreach (var shard in texts.Chunk(TextsPerShard))
        {
            var (cpuBefore, watch) = (ProcessUsage.Own.CpuSeconds, Stopwatch.StartNew());
            var encoded = await encoder.EncodeAsync(shard, cancellationToken: cancellationToken);
            seconds += watch.Elapsed.TotalSeconds;
            cpu += ProcessUsage.Own.CpuSeconds - cpuBefore;
            operations += encoded.Tokens.Sum(tokens => ModelOperations.ForText(encoder.Bundle.Manifest, tokens));

            cpuBefore = ProcessUsage.Own.CpuSeconds;
            await WriteAsync(shard, encoded, cancellationToken);
            writeCpu += ProcessUsage.Own.CpuSeconds - cpuBefore;
        }

        return new AloneRun(seconds, cpu, operations, products, writeCpu);
    }

    /// <summary>Writes a part as a job does, but not to storage.</summary>
    private async Task WriteAsync(string[] texts, EncodedTexts encoded, CancellationToken cancellationToken)
    {
        using var hash = SHA256.Create();
        await using var nowhere = new CryptoStream(Stream.Null, hash, CryptoStreamMode.Write);
        await using var part = await PartWriter.CreateAsync(
            nowhere, PartMetadata.From(encoder.Bundle, new EncodeOptions()), includeText: true, cancellationToken: cancellationToken);
        string[] ids = [.. texts.Select((_, i) => (i + 1).ToString(CultureInfo.InvariantCulture))];
        await part.WriteAsync(new PartRows(ids, [.. texts.Select((_, i) => i + 1L)], texts, encoded), cancellationToken);
    }
}
