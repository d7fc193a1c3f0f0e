using SimCse.Inference;
using SimCse.Models.Weights;
using SimCse.Testing;

namespace SimCse.Models.Tests;

/// <summary>The forms in which sentence-transformers has saved the same model, and modules that come seldom.</summary>
public sealed class FolderShapeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>As versions below 1 saved it: config, weights and tokenizer in <c>0_Transformer</c>.</summary>
    [Fact]
    public async Task A_transformer_in_a_folder_of_its_own_gives_the_same_bundle()
    {
        var fixture = ModelFixture.PyTorch;
        var options = new ImportOptions { DictionaryFolder = DebianIpadic.Require(), StandardGraph = true, Name = "same" };
        fixture.CopyTo(_folder["model"]);
        Directory.CreateDirectory(_folder["model/0_Transformer"]);
        foreach (var file in Directory.EnumerateFiles(_folder["model"]).Where(file => Path.GetFileName(file) != "modules.json"))
        {
            File.Move(file, Path.Combine(_folder["model/0_Transformer"], Path.GetFileName(file)));
        }

        var modules = await File.ReadAllTextAsync(_folder["model/modules.json"], TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(
            _folder["model/modules.json"], modules.Replace("\"path\": \"\"", "\"path\": \"0_Transformer\"", StringComparison.Ordinal),
            TestContext.Current.CancellationToken);

        var plain = ModelImporter.Import(fixture.Folder, _folder["plain"], options);
        var nested = ModelImporter.Import(_folder["model"], _folder["nested"], options);

        Assert.Equal(plain.Model.Fingerprint, nested.Model.Fingerprint);
        Assert.Equal(
            await File.ReadAllBytesAsync(_folder["plain/onnx/model.onnx"], TestContext.Current.CancellationToken),
            await File.ReadAllBytesAsync(_folder["nested/onnx/model.onnx"], TestContext.Current.CancellationToken));
    }

    /// <summary>Pooling → Dense → Dropout → LayerNorm → Dense → Normalize, against plain loops.</summary>
    [Fact]
    public async Task Several_modules_of_one_kind_LayerNorm_and_Dropout_are_computed_in_their_order()
    {
        using var model = new TinyModel
        {
            Modules =
            [
                ("", "Transformer"), ("1_Pooling", "Pooling"), ("2_Dense", "Dense"), ("3_Dropout", "Dropout"), ("4_LayerNorm", "LayerNorm"),
                ("5_Dense", "Dense"), ("6_Normalize", "Normalize"),
            ],
        };
        model.Save();
        float[] scale = [1, 2, 3, -1, 0.5f, 1.5f], shift = [0.1f, 0, -0.2f, 0.3f, 1, 2];
        float[] second = [.. Enumerable.Range(0, 2 * TinyModel.DenseWidth).Select(i => (float)Math.Sin(i))];
        Write("3_Dropout/config.json", """{"dropout": 0.2}""");
        Write("4_LayerNorm/config.json", """{"dimension": 6}""");
        Write(
            "5_Dense/config.json",
            """{"in_features": 6, "out_features": 2, "bias": false, "activation_function": "torch.nn.modules.linear.Identity"}""");
        SafetensorsWriter.Write(
            Path.Combine(model.Folder, "4_LayerNorm", "model.safetensors"), [("norm.weight", [6], scale), ("norm.bias", [6], shift)]);
        SafetensorsWriter.Write(Path.Combine(model.Folder, "5_Dense", "model.safetensors"), [("linear.weight", [2, 6], second)]);

        var bundle = ModelImporter.Import(model.Folder, _folder["bundle"]);

        Assert.Equal(["dense 8→6 tanh", "layer norm", "dense 6→2 identity", "normalize"], bundle.Manifest.Modules);
        using var encoder = SentenceEncoder.Load(bundle);
        var actual = (await encoder.EncodeAsync(["あい"], cancellationToken: TestContext.Current.CancellationToken))[0].ToArray();
        var vector = PlainBert.Dense(model, new PlainBert(model).LastHiddenState([2, 5, 6, 3], PlainBert.Gelu)[0], Math.Tanh);
        var (mean, variance) = (vector.Average(), vector.Average(x => x * x) - (vector.Average() * vector.Average()));
        var normed = vector.Select((x, i) => ((x - mean) / Math.Sqrt(variance + 1e-5) * scale[i]) + shift[i]).ToArray();
        double[] projected = [.. Enumerable.Range(0, 2).Select(row => normed.Select((x, i) => x * second[(row * 6) + i]).Sum())];
        var length = Math.Sqrt(projected.Sum(x => x * x));
        Assert.All(projected.Zip(actual), pair => Assert.Equal(pair.First / length, pair.Second, 1e-5));

        void Write(string file, string text)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(model.Folder, file))!);
            File.WriteAllText(Path.Combine(model.Folder, file), text);
        }
    }

    [Theory]
    [InlineData("WordWeights")]
    [InlineData("CNN")]
    [InlineData("WeightedLayerPooling")]
    [InlineData("Router")]
    public void Other_modules_are_refused_by_name(string kind)
    {
        using var model = new TinyModel { Modules = [("", "Transformer"), ("1_Pooling", "Pooling"), ("2_Dense", kind)] };
        model.Save();

        var error = Assert.Throws<NotSupportedException>(() => ModelImporter.Import(model.Folder, _folder["bundle"]));

        Assert.Contains(kind, error.Message, StringComparison.Ordinal);
    }
}
