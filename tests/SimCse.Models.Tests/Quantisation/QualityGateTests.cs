using SimCse.Inference;
using SimCse.Models.Graphs;
using SimCse.Models.Quantisation;
using SimCse.Models.Untrained;
using SimCse.Testing;

namespace SimCse.Models.Tests.Quantisation;

/// <summary>What happens to a model that quantisation harms.</summary>
public sealed class QualityGateTests : IDisposable
{
    private static readonly ImportOptions Int8 = new() { Precision = Precision.Int8, MinCosine = 0.99, MinSpearman = 0.98 };

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_bar_that_cannot_be_reached_is_an_error_that_names_both_figures_and_writes_nothing()
    {
        RandomModel.Write(_folder["model"], new RandomModelOptions { Layers = 2, Hidden = 64, Vocabulary = 0 });

        var error = Assert.Throws<LowQualityException>(
            () => ModelImporter.Import(_folder["model"], _folder["bundle"], Int8 with { MinCosine = 1 }));

        Assert.Contains("6 of 12 matrices left in float32; expected 1 and 0.98", error.Message, StringComparison.Ordinal);
        Assert.Equal(6, error.Quality!.Float32Matrices.Count);
        Assert.False(File.Exists(Path.Combine(_folder["bundle"], BundleManifest.FileName)));
    }

    [Fact]
    public void A_model_with_weights_beyond_float16_is_refused_in_it_whatever_is_allowed()
    {
        RandomModel.Write(
            _folder["model"], new RandomModelOptions { Layers = 1, Hidden = 64, Vocabulary = 0, OutlierColumns = 4, OutlierScale = 2e7f });

        var error = Assert.Throws<LowQualityException>(
            () => ModelImporter.Import(
                _folder["model"], _folder["bundle"], new ImportOptions { Precision = Precision.Float16, AllowLowQuality = true }));

        Assert.Contains("cosine of NaN", error.Message, StringComparison.Ordinal);
        Assert.Contains("float16 ends at 65504", error.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(_folder["bundle"], BundleManifest.FileName)));
    }

    [Fact]
    public void Low_quality_can_be_allowed()
    {
        RandomModel.Write(_folder["model"], new RandomModelOptions { Layers = 1, Hidden = 64, Vocabulary = 0 });

        var bundle = ModelImporter.Import(_folder["model"], _folder["bundle"], Int8 with { MinCosine = 1, AllowLowQuality = true });

        Assert.True(bundle.Manifest.Quality!.Cosine < 1);
        Assert.Equal(3, bundle.Manifest.Quality.Float32Matrices.Count);
    }

    [Fact]
    public void The_products_that_lose_most_take_a_dearer_form_and_no_more_than_it_takes()
    {
        RandomModel.Write(_folder["model"], new RandomModelOptions { Layers = 3, Hidden = 128, Vocabulary = 0 });
        var all = ModelImporter.Import(_folder["model"], _folder["all"], Int8 with { MinCosine = 0, MinSpearman = 0 }).Manifest.Quality!;
        var wanted = Int8 with { MinCosine = all.Cosine + (0.3 * (1 - all.Cosine)), MinSpearman = 0 };

        var quality = ModelImporter.Import(_folder["model"], _folder["bundle"], wanted).Manifest.Quality!;

        Assert.Equal((15, 3, 0), (all.FixedScaleMatrices, all.TokenScaleMatrices, all.Float32Matrices.Count));
        Assert.InRange(quality.FixedScaleMatrices!.Value, 0, 14);
        Assert.InRange(quality.Float32Matrices.Count, 0, 8);
        Assert.Equal(18, quality.FixedScaleMatrices + quality.TokenScaleMatrices + quality.Float32Matrices.Count);
        Assert.InRange(quality.Cosine, wanted.MinCosine, 1);
    }

    [Fact]
    public void The_probe_finds_the_matrix_that_has_outliers_in_its_input()
    {
        var weight = new SeededNormal(3).Next(64 * 16);
        var plain = Error(weight, outlier: 1);
        var harmed = Error(weight, outlier: 1000);

        Assert.InRange(plain, 1e-7, 1e-3);
        Assert.True(harmed > 100 * plain, $"{harmed} and {plain}");
    }

    /// <summary>Of one product whose input, word embeddings of width 64, has one column that much larger than the rest.</summary>
    private double Error(float[] weight, float outlier)
    {
        var folder = _folder[$"probe-{outlier}"];
        Directory.CreateDirectory(folder);
        var embeddings = new SeededNormal(5).Next(100 * 64);
        for (var row = 0; row < 100; row++)
        {
            embeddings[row * 64] *= outlier;
        }

        weight = [.. weight];
        weight.AsSpan(0, 16).Clear(); // the large column carries nothing: what is lost is lost to the others
        int[][] sequences = [[1, 2, 3, 4, 5, 6, 7]];
        var nodes = new CalibrationNodes();
        Calibration calibration;
        using (var runner = Write(nodes))
        {
            calibration = Calibration.Run(runner, nodes.Matrices, sequences);
        }

        var probe = new ErrorProbeNodes(new Int8LinearNodes(calibration, _ => ProductForm.FixedScale));
        using (var runner = Write(probe))
        {
            return runner.Means(sequences, [ErrorProbeNodes.Output("matrix")])[0];
        }

        GraphRunner Write(LinearNodes linears)
        {
            using var graph = new Onnx.OnnxGraph(Path.Combine(folder, "model.onnx.data"));
            graph.Input(GraphNames.InputIds, Onnx.TensorProto.Types.DataType.Int32, "batch", "length");
            var rows = graph.Node("Gather", "rows", [graph.Weight("table", embeddings, 100, 64), GraphNames.InputIds]);
            linears.Add(graph, "matrix", rows, weight, 64, 16, bias: null);
            graph.Save(Path.Combine(folder, "model.onnx"));
            return new GraphRunner(Path.Combine(folder, "model.onnx"));
        }
    }
}
