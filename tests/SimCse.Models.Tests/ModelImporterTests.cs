using System.Text.Json.Nodes;
using SimCse.Inference;
using SimCse.Testing;

namespace SimCse.Models.Tests;

public sealed class ModelImporterTests
{
    [Fact]
    public async Task Makes_a_bundle_that_encodes()
    {
        using var model = new TinyModel().Save();
        using var folder = new TemporaryFolder();

        var bundle = ModelImporter.Import(model.Folder, folder["bundle"], new ImportOptions { Name = "tiny", Licence = "mit" });
        using var encoder = SentenceEncoder.Load(bundle);
        var vectors = await encoder.EncodeAsync(["あい", "ん"], cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal(
            ("tiny", "mit", 6, 10), (bundle.Model.Name, bundle.Manifest.Licence, bundle.Model.Dimension, bundle.Model.MaxSequenceLength));
        Assert.Equal(["dense 8→6 tanh"], bundle.Manifest.Modules);
        var expected = PlainBert.Dense(model, new PlainBert(model).LastHiddenState([2, 5, 6, 3], PlainBert.Gelu)[0], Math.Tanh);
        Assert.All(expected.Zip(vectors[0].ToArray()), pair => Assert.Equal(pair.First, pair.Second, 1e-5));
    }

    [Fact]
    public void Makes_the_same_bytes_from_the_same_folder()
    {
        using var model = new TinyModel().Save();
        using var folder = new TemporaryFolder();

        ModelImporter.Import(model.Folder, folder["one"], new ImportOptions { StandardGraph = true });
        ModelImporter.Import(model.Folder, folder["two"], new ImportOptions { StandardGraph = true });

        var files = Directory.EnumerateFiles(folder["one"], "*", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(folder["one"], file)).ToArray();
        Assert.Contains(Path.Combine("onnx", "model.onnx"), files);
        Assert.All(
            files,
            file =>
                Assert.Equal(File.ReadAllBytes(Path.Combine(folder["one"], file)), File.ReadAllBytes(Path.Combine(folder["two"], file))));
    }

    [Fact]
    public void Leaves_the_fingerprint_alone_when_it_adds_the_standard_graph_or_a_name()
    {
        using var model = new TinyModel().Save();
        using var folder = new TemporaryFolder();

        var plain = ModelImporter.Import(model.Folder, folder["one"]);
        var more = ModelImporter.Import(model.Folder, folder["two"], new ImportOptions { StandardGraph = true, Name = "other" });

        Assert.Equal(plain.Model.Fingerprint, more.Model.Fingerprint);
        Assert.Equal("onnx/model.onnx", more.Manifest.StandardGraph);
        Assert.Equal(["config.json", "onnx/model.onnx"], more.Manifest.Files.Keys.Where(file => !more.Manifest.IsCovered(file)));
        Assert.All(plain.Manifest.Files.Keys, file => Assert.True(plain.Manifest.IsCovered(file)));
    }

    [Theory]
    [InlineData("---\nlanguage: ja\nlicense: cc-by-sa-4.0\n---\n# Model", "cc-by-sa-4.0")]
    [InlineData("---\nlicense: \"mit\"\n---", "mit")]
    [InlineData("---\nlanguage: ja\n---\nlicense: mit", null)]
    [InlineData("# Model\nlicense: mit", null)]
    [InlineData("", null)]
    public void Takes_the_licence_from_the_model_s_card(string card, string? licence)
    {
        using var model = new TinyModel().Save();
        using var folder = new TemporaryFolder();
        File.WriteAllText(Path.Combine(model.Folder, "README.md"), card);

        Assert.Equal(licence, ModelImporter.Import(model.Folder, folder["bundle"]).Manifest.Licence);
    }

    [Fact]
    public void Replaces_a_bundle_and_leaves_nothing_of_it()
    {
        using var model = new TinyModel().Save();
        using var folder = new TemporaryFolder();
        ModelImporter.Import(model.Folder, folder["bundle"], new ImportOptions { StandardGraph = true });

        var bundle = ModelImporter.Import(model.Folder, folder["bundle"]);

        Assert.Equal(
            bundle.Manifest.Files.Keys.Append(BundleManifest.FileName).Order(),
            Directory.EnumerateFileSystemEntries(folder["bundle"]).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void Keeps_the_bundle_that_stood_there_when_an_import_fails()
    {
        using var model = new TinyModel().Save();
        using var folder = new TemporaryFolder();
        var before = ModelImporter.Import(model.Folder, folder["bundle"]);
        model.Tensors.Remove("encoder.layer.1.output.dense.bias");
        model.Save();

        Assert.Throws<InvalidDataException>(() => ModelImporter.Import(model.Folder, folder["bundle"]));

        Assert.Equal(before.Model.Fingerprint, Bundle.Open(folder["bundle"]).Model.Fingerprint);
        Assert.Empty(Directory.EnumerateDirectories(folder["bundle"]));
    }

    [Fact]
    public void Refuses_a_folder_that_holds_other_files()
    {
        using var model = new TinyModel().Save();
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["precious"], "data");

        Assert.Contains(
            "is no bundle", Assert.Throws<IOException>(() => ModelImporter.Import(model.Folder, folder.Path)).Message,
            StringComparison.Ordinal);
        Assert.True(File.Exists(folder["precious"]));
    }

    [Theory]
    [InlineData("model_type", "\"roberta\"", "model_type 'roberta'; expected 'bert'")]
    [InlineData("hidden_act", "\"silu\"", "hidden_act 'silu' is not supported; expected gelu, gelu_new or relu")]
    [InlineData("position_embedding_type", "\"relative_key\"", "position_embedding_type 'relative_key'")]
    [InlineData("is_decoder", "true", "is_decoder True")]
    public void Refuses_by_name_a_model_of_another_kind(string property, string value, string message)
    {
        using var model = new TinyModel();
        model.Config[property] = JsonNode.Parse(value);

        Assert.Contains(message, Refusal<NotSupportedException>(model), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("hidden_size", 9)]
    [InlineData("num_attention_heads", 0)]
    [InlineData("vocab_size", -1)]
    [InlineData("type_vocab_size", 0)]
    [InlineData("max_position_embeddings", 0)]
    public void Refuses_a_configuration_that_makes_no_sense(string property, int value)
    {
        using var model = new TinyModel();
        model.Config[property] = value;

        Assert.Contains($"{property} {value}", Refusal<InvalidDataException>(model), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("vocab_size", 11, "the tokenizer has 12 pieces")]
    [InlineData("max_position_embeddings", 9, "up to 10 positions")]
    [InlineData("num_hidden_layers", 3, "lacks the tensor encoder.layer.2.attention.self.query.weight of shape [8, 8]")]
    [InlineData("intermediate_size", 17, "has shape [16, 8]; expected [17, 8]")]
    public void Refuses_a_configuration_that_does_not_fit_the_files(string property, int value, string message)
    {
        using var model = new TinyModel();
        model.Config[property] = value;

        Assert.Contains(message, Refusal<InvalidDataException>(model), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("sentence_transformers.models.", "LSTM", "LSTM")]
    [InlineData("custom_st.", "Dense", "custom_st.Dense")]
    public void Refuses_by_name_a_module_that_it_does_not_know(string prefix, string kind, string named)
    {
        using var model = new TinyModel().Save();
        var path = Path.Combine(model.Folder, "modules.json");
        File.WriteAllText(
            path, File.ReadAllText(path).Replace("sentence_transformers.models.Dense", prefix + kind, StringComparison.Ordinal));
        using var folder = new TemporaryFolder();

        var error = Assert.Throws<NotSupportedException>(() => ModelImporter.Import(model.Folder, folder["bundle"]));

        Assert.Contains(
            $"module {named} is not supported; expected Dense, Normalize, LayerNorm or Dropout", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Refuses_by_name_an_activation_a_pooling_and_an_order_of_modules_that_it_does_not_know()
    {
        using var model = new TinyModel();
        model.Dense["activation_function"] = "torch.nn.modules.activation.SiLU";
        Assert.Contains(
            "activation torch.nn.modules.activation.SiLU is not supported", Refusal<NotSupportedException>(model),
            StringComparison.Ordinal);

        model.Dense["activation_function"] = "custom.Tanh";
        Assert.Contains("activation custom.Tanh is not supported", Refusal<NotSupportedException>(model), StringComparison.Ordinal);

        model.Dense["activation_function"] = "torch.nn.modules.activation.Tanh";
        model.Dense["module_input_name"] = "token_embeddings";
        Assert.Contains(
            "module_input_name 'token_embeddings' is not supported", Refusal<NotSupportedException>(model), StringComparison.Ordinal);

        model.Pooling = "pooling_mode_lasttoken";
        Assert.Contains(
            "asks for pooling by [lasttoken]; expected one of cls, mean, max, mean_sqrt_len", Refusal<NotSupportedException>(model),
            StringComparison.Ordinal);

        model.Modules = [("", "Transformer"), ("2_Dense", "Dense")];
        Assert.Contains("lists Transformer, Dense; expected", Refusal<NotSupportedException>(model), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("../2_Dense")]
    [InlineData("/2_Dense")]
    public void Refuses_a_module_outside_of_the_model(string path)
    {
        using var model = new TinyModel { Modules = [("", "Transformer"), ("1_Pooling", "Pooling"), (path, "Dense")] };

        Assert.Contains($"places a module in '{path}'", Refusal<InvalidDataException>(model), StringComparison.Ordinal);
    }

    [Fact]
    public void Refuses_a_dense_module_that_does_not_fit_the_one_before_it()
    {
        using var model = new TinyModel();
        model.Dense["in_features"] = 7;

        Assert.Contains("takes 7 features; the module before it gives 8", Refusal<InvalidDataException>(model), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("config.json")]
    [InlineData("modules.json")]
    [InlineData("tokenizer_config.json")]
    [InlineData("2_Dense/config.json")]
    public void Names_a_file_that_is_missing(string file)
    {
        using var model = new TinyModel().Save();
        File.Delete(Path.Combine(model.Folder, file));
        using var folder = new TemporaryFolder();

        Assert.Contains(
            Path.GetFileName(file),
            Assert.Throws<FileNotFoundException>(() => ModelImporter.Import(model.Folder, folder["bundle"])).Message,
            StringComparison.Ordinal);
    }

    private static string Refusal<TException>(TinyModel model)
        where TException : Exception
    {
        using var folder = new TemporaryFolder();
        model.Save();
        return Assert.Throws<TException>(() => ModelImporter.Import(model.Folder, folder["bundle"])).Message;
    }
}
