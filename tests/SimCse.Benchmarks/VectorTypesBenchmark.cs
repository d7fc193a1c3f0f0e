using System.Numerics.Tensors;
using SimCse.Inference;
using SimCse.Jobs.Parts;
using SimCse.Jobs.Plan;
using SimCse.Models.Evaluation;
using SimCse.Models.Untrained;

namespace SimCse.Benchmarks;

/// <summary>
/// What each vector type costs and loses: the size of a part, and the correlation of cosines with people's scores after the vectors went
/// through one: <c>dotnet run -c Release --project tests/SimCse.Benchmarks -- vectors PAIRS [BUNDLE]</c>.
/// </summary>
internal static class VectorTypesBenchmark
{
    public static async Task<int> RunAsync(string file, string? bundleFolder)
    {
        var folder = Directory.CreateTempSubdirectory("simcse-bench-").FullName;
        try
        {
            using var encoder = SentenceEncoder.Load(
                bundleFolder is null ? DemoModel.CreateBundle(Path.Combine(folder, "bundle")) : Bundle.Open(bundleFolder));
            var pairs = StsFile.Read(file);
            Console.WriteLine($"{encoder.Bundle.Model.Name}, {encoder.Bundle.Model.Dimension} components, {pairs.Count:N0} pairs");
            foreach (var normalize in (bool[])[false, true])
            {
                var options = new EncodeOptions { Normalize = normalize };
                var encoded = await encoder.EncodeAsync(
                    [.. pairs.Select(pair => pair.Sentence1), .. pairs.Select(pair => pair.Sentence2)], options);
                foreach (var type in Enum.GetValues<VectorType>())
                {
                    await MeasureAsync(encoder, pairs, encoded, options, type);
                }
            }

            return 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task MeasureAsync(
        SentenceEncoder encoder, IReadOnlyList<StsPair> pairs, EncodedTexts encoded, EncodeOptions options, VectorType type)
    {
        var metadata = PartMetadata.From(encoder.Bundle, options) with
        {
            VectorType = type,
            Range = await VectorCalibration.FindAsync(encoder, type, options, default),
        };
        using var stream = new MemoryStream();
        string[] ids = [.. Enumerable.Range(1, encoded.Count).Select(line => $"{line}")];
        await using (var writer = await PartWriter.CreateAsync(stream, metadata, includeText: false))
        {
            await writer.WriteAsync(new PartRows(ids, [.. ids.Select(long.Parse)], [], encoded));
        }

        var vectors = new List<float[]>();
        await using var reader = await PartReader.OpenAsync(stream, "part");
        await foreach (var rows in reader.ReadAsync())
        {
            vectors.AddRange(Enumerable.Range(0, rows.Count).Select(row => rows.Encoded[row].ToArray()));
        }

        var cosines = pairs.Select((_, i) => (double)TensorPrimitives.CosineSimilarity(vectors[i], vectors[i + pairs.Count])).ToArray();
        double[] scores = [.. pairs.Select(pair => pair.Score)];
        Console.WriteLine(
            $"{type.Name(),-8} {(options.Normalize ? "normalised" : ""),-10} range {metadata.Range,-8} {stream.Length / 1e6,6:0.00} MB " +
            $"Spearman {Correlation.Spearman(cosines, scores):0.0000} Pearson {Correlation.Pearson(cosines, scores):0.0000}");
    }
}
