using System.Globalization;
using SimCse.Inference;
using SimCse.Models.Evaluation;
using SimCse.Models.Graphs;

namespace SimCse.Models.Quantisation;

/// <summary>
/// Writes a quantised graph that is good enough. In 8 bits every product begins in its cheapest form; then the most harmed ones get a scale
/// for each token, then float32, as few as possible. It decides by running the graphs on sentences other than those of the calibration.
/// float16 is good enough as a whole or not at all, because it fails when a value exceeds its largest, and no single matrix causes that;
/// so are 16 bits, of which no matrix needs more.
/// </summary>
internal sealed class GraphQuantiser(ImportOptions options, GateTexts texts)
{
    /// <summary>With more than half of the matrices in float32, the bundle would be neither fast nor small.</summary>
    private const double MaxFloatShare = 0.5;

    private double MinCosine =>
        options.Precision == Precision.Int16 ? Math.Max(options.MinCosine, ImportOptions.LeastCosineInInt16) : options.MinCosine;

    /// <param name="write">Writes the graph into a folder with the given products; returns the graph's path.</param>
    /// <param name="folder">The folder that the chosen graph is written to.</param>
    /// <returns>The measured quality.</returns>
    /// <exception cref="LowQualityException">The required quality cannot be reached, and the options do not allow less.</exception>
    public BundleQuality Write(Func<string, LinearNodes, string> write, string folder)
    {
        using var scratch = new ScratchFolder();
        return options.Precision switch
        {
            Precision.Float16 => WriteHalf(write, folder, scratch.Path),
            Precision.Int16 => WriteInt16(write, folder, scratch.Path),
            _ => WriteInt8(write, folder, scratch.Path),
        };
    }

    private BundleQuality WriteHalf(Func<string, LinearNodes, string> write, string folder, string scratch)
    {
        var exact = Encode(write(scratch, FloatLinearNodes.Instance));
        write(folder, new HalfLinearNodes());
        return Judge(exact, Encode(write(scratch, new RoundedLinearNodes())));
    }

    private BundleQuality WriteInt16(Func<string, LinearNodes, string> write, string folder, string scratch)
    {
        var exact = Encode(write(scratch, FloatLinearNodes.Instance));
        var quality = Compare(exact, Encode(write(folder, new Int16LinearNodes())));
        return IsGood(quality) || options.AllowLowQuality ? quality : throw TooLow(quality, "with every matrix in 16 bits");
    }

    private BundleQuality WriteInt8(Func<string, LinearNodes, string> write, string folder, string scratch)
    {
        var (calibration, exact) = Calibrate(write, scratch);
        var plan = new ProductPlan(calibration.Matrices);
        var quality = Try(0);
        if (IsGood(quality))
        {
            return quality;
        }

        plan.OrderBy(forms => Errors(write, scratch, new Int8LinearNodes(calibration, forms)));
        var most = plan.StepsWithin(MaxFloatShare);
        var standing = 0;
        if (FewestThatSuffice(most, Suffices) is { } count)
        {
            Suffices(count); // the graph in the folder may be that of another try
            return quality;
        }

        return options.AllowLowQuality ? quality : throw TooLow(
            quality, $"with {quality.Float32Matrices.Count} of {calibration.Matrices.Count} matrices left in float32");

        bool Suffices(int steps)
        {
            if (steps != standing)
            {
                (quality, standing) = (Try(steps), steps);
            }

            return IsGood(quality);
        }

        BundleQuality Try(int steps)
        {
            var forms = plan.Forms(steps);
            var rough = Encode(write(folder, new Int8LinearNodes(calibration, matrix => forms[matrix])));
            return Compare(exact, rough) with
            {
                Float32Matrices = [.. Of(ProductForm.Float32).Order(StringComparer.Ordinal)],
                FixedScaleMatrices = Of(ProductForm.FixedScale).Count(),
                TokenScaleMatrices = Of(ProductForm.TokenScale).Count(),
            };

            IEnumerable<string> Of(ProductForm form) => forms.Where(entry => entry.Value == form).Select(entry => entry.Key);
        }
    }

    /// <summary>One graph in float32 serves the calibration and gives the exact vectors.</summary>
    private (Calibration Calibration, float[][] Exact) Calibrate(Func<string, LinearNodes, string> write, string folder)
    {
        var nodes = new CalibrationNodes();
        using var runner = new GraphRunner(write(folder, nodes));
        return (Calibration.Run(runner, nodes.Matrices, texts.Calibrating), runner.Encode(texts.Measured));
    }

    private Dictionary<string, double> Errors(Func<string, LinearNodes, string> write, string folder, LinearNodes quantised)
    {
        var probe = new ErrorProbeNodes(quantised);
        using var runner = new GraphRunner(write(folder, probe));
        var errors = runner.Means(texts.Calibrating, [.. probe.Matrices.Select(ErrorProbeNodes.Output)]);
        return probe.Matrices.Zip(errors).ToDictionary();
    }

    private BundleQuality Compare(float[][] exact, float[][] rough) =>
        QualityMeasure.Compare(exact, rough, texts.Pairs) with { Sentences = texts.Source };

    private BundleQuality Judge(float[][] exact, float[][] half)
    {
        var quality = Compare(exact, half);
        return IsGood(quality) || (options.AllowLowQuality && double.IsFinite(quality.Cosine)) ? quality : throw TooLowInHalf(quality);
    }

    private bool IsGood(BundleQuality quality) => quality.Cosine >= MinCosine && quality.Spearman >= options.MinSpearman;

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

    private float[][] Encode(string path)
    {
        using var runner = new GraphRunner(path);
        return runner.Encode(texts.Measured);
    }

    private LowQualityException TooLow(BundleQuality quality, string how) => new(string.Create(
        CultureInfo.InvariantCulture,
        $"In {options.Precision.Name()} the vectors have a cosine of {quality.Cosine:0.00000} to float32's at the first percentile, and " +
        $"pair similarities a Spearman correlation of {quality.Spearman:0.00000}, {how}; " +
        $"expected {MinCosine} and {options.MinSpearman}. Import in {Precision.Float32.Name()}, or " +
        $"allow low quality."))
    {
        Quality = quality,
    };

    private LowQualityException TooLowInHalf(BundleQuality quality) => new(string.Create(
        CultureInfo.InvariantCulture,
        $"In {options.Precision.Name()} the vectors have a cosine of {quality.Cosine:0.00000} to float32's at the first percentile, and " +
        $"pair similarities a Spearman correlation of {quality.Spearman:0.00000}; expected {MinCosine} and " +
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
