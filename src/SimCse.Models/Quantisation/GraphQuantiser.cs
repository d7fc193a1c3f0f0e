using System.Globalization;
using SimCse.Inference;
using SimCse.Models.Evaluation;
using SimCse.Models.Graphs;

namespace SimCse.Models.Quantisation;

/// <summary>
/// Writes a quantised graph that is good enough: first with all matrices quantised, then with the most harmed ones in float32, as few as
/// possible. It decides by running the graphs on <see cref="QualitySentences"/>. float16 is good enough as a whole or not at all, because
/// it fails when a value exceeds its largest, and no single matrix causes that.
/// </summary>
internal sealed class GraphQuantiser(ImportOptions options, IReadOnlyList<int[]> sequences)
{
    /// <summary>With more than half of the matrices in float32, the bundle would be neither fast nor small.</summary>
    private const double MaxFloatShare = 0.5;

    private static readonly IReadOnlySet<string> None = new HashSet<string>();

    /// <param name="write">Writes the graph into a folder with the given products; returns the graph's path.</param>
    /// <param name="folder">The folder that the chosen graph is written to.</param>
    /// <returns>The measured quality.</returns>
    /// <exception cref="LowQualityException">The required quality cannot be reached, and the options do not allow less.</exception>
    public BundleQuality Write(Func<string, LinearNodes, string> write, string folder)
    {
        using var scratch = new ScratchFolder();
        var exact = Encode(write(scratch.Path, FloatLinearNodes.Instance));
        if (PrecisionNodes.Create(options.Precision) is HalfLinearNodes half)
        {
            write(folder, half);
            return Judge(exact, Encode(write(scratch.Path, new RoundedLinearNodes())));
        }

        var quality = Try(None);
        if (IsGood(quality))
        {
            return quality;
        }

        var worstFirst = WorstFirst(write, scratch.Path);
        var (most, standing) = ((int)(worstFirst.Count * MaxFloatShare), 0);
        if (FewestThatSuffice(most, Suffices) is { } count)
        {
            Suffices(count); // the graph in the folder may be that of another try
            return quality;
        }

        return options.AllowLowQuality ? quality : throw TooLow(quality, worstFirst.Count);

        bool Suffices(int floats)
        {
            if (floats != standing)
            {
                (quality, standing) = (Try(worstFirst.Take(floats).ToHashSet()), floats);
            }

            return IsGood(quality);
        }

        BundleQuality Try(IReadOnlySet<string> floats)
        {
            var rough = Encode(write(folder, new PartlyFloatLinearNodes(PrecisionNodes.Create(options.Precision), floats)));
            return QualityMeasure.Compare(exact, rough, QualitySentences.Pairs(), [.. floats.Order(StringComparer.Ordinal)]);
        }
    }

    private BundleQuality Judge(float[][] exact, float[][] half)
    {
        var quality = QualityMeasure.Compare(exact, half, QualitySentences.Pairs(), []);
        return IsGood(quality) || (options.AllowLowQuality && double.IsFinite(quality.Cosine)) ? quality : throw TooLowInHalf(quality);
    }

    private bool IsGood(BundleQuality quality) => quality.Cosine >= options.MinCosine && quality.Spearman >= options.MinSpearman;

    /// <summary>
    /// Tries the largest number, then doubles from 1, then halves the gap. Each try writes and runs a whole graph, so a hopeless model is
    /// found with the first one.
    /// </summary>
    private static int? FewestThatSuffice(int most, Func<int, bool> suffices)
    {
        if (most < 1 || !suffices(most))
        {
            return null;
        }

        var (tooFew, tried) = (0, 1);
        while (tried < most && !suffices(tried))
        {
            (tooFew, tried) = (tried, Math.Min(2 * tried, most));
        }

        while (tried - tooFew > 1)
        {
            var middle = (tooFew + tried) / 2;
            (tooFew, tried) = suffices(middle) ? (tooFew, middle) : (middle, tried);
        }

        return tried;
    }

    private List<string> WorstFirst(Func<string, LinearNodes, string> write, string folder)
    {
        var probe = new ErrorProbeNodes(PrecisionNodes.Create(options.Precision));
        using var runner = new GraphRunner(write(folder, probe));
        var errors = runner.Means(sequences, [.. probe.Matrices.Select(ErrorProbeNodes.Output)]);
        return
        [
            .. probe.Matrices.Zip(errors).OrderByDescending(matrix => matrix.Second).ThenBy(matrix => matrix.First, StringComparer.Ordinal)
                .Select(matrix => matrix.First),
        ];
    }

    private float[][] Encode(string path)
    {
        using var runner = new GraphRunner(path);
        return runner.Encode(sequences);
    }

    private LowQualityException TooLow(BundleQuality quality, int matrices) => new(string.Create(
        CultureInfo.InvariantCulture,
        $"In {options.Precision.Name()} the vectors have a cosine of {quality.Cosine:0.00000} to float32's at the first percentile, and " +
        $"pair similarities a Spearman correlation of {quality.Spearman:0.00000}, with {quality.Float32Matrices.Count} of {matrices} " +
        $"matrices left in float32; expected {options.MinCosine} and {options.MinSpearman}. Import in {Precision.Float32.Name()}, or " +
        $"allow low quality."))
    {
        Quality = quality,
    };

    private LowQualityException TooLowInHalf(BundleQuality quality) => new(string.Create(
        CultureInfo.InvariantCulture,
        $"In {options.Precision.Name()} the vectors have a cosine of {quality.Cosine:0.00000} to float32's at the first percentile, and " +
        $"pair similarities a Spearman correlation of {quality.Spearman:0.00000}; expected {options.MinCosine} and " +
        $"{options.MinSpearman}. float16 ends at {Half.MaxValue:0}: NaN says that the model goes beyond it. Import in " +
        $"{Precision.Float32.Name()}."))
    {
        Quality = quality,
    };

    private sealed class ScratchFolder : IDisposable
    {
        public string Path { get; } = Directory.CreateTempSubdirectory("simcse-quantise-").FullName;

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
