using System.Text.Json.Nodes;
using SimCse.Testing;

namespace SimCse.Inference.Tests;

public sealed class BundleTests(DemoEncoder demo)
{
    [Fact]
    public void Opens_with_what_it_was_sealed_with()
    {
        var bundle = Bundle.Open(demo.Bundle.Folder);

        Assert.Equal(demo.Bundle.Model.Fingerprint, bundle.Model.Fingerprint);
        Assert.Equal(
            (256, 128, Pooling.Cls, Precision.Float32, true),
            (bundle.Model.Dimension, bundle.Model.MaxSequenceLength, bundle.Model.Pooling, bundle.Model.Precision, bundle.Model.Untrained));
        Assert.Equal("simcse-demo-untrained", bundle.Model.Name);
        Assert.Contains("vocab.txt", bundle.Manifest.Files.Keys);
    }

    [Theory]
    [InlineData("vocab.txt")]
    [InlineData("model.onnx")]
    [InlineData("model.onnx.data")]
    public void Refuses_a_changed_file_and_names_both_hashes(string file)
    {
        using var folder = new TemporaryFolder();
        demo.CopyTo(folder);
        using (var stream = File.Open(folder[file], FileMode.Open))
        {
            var last = stream.Seek(-1, SeekOrigin.End);
            var value = stream.ReadByte();
            stream.Position = last;
            stream.WriteByte((byte)(value ^ 1));
        }

        var error = Assert.Throws<InvalidDataException>(() => Bundle.Open(folder.Path));

        Assert.Contains(folder[file], error.Message, StringComparison.Ordinal);
        Assert.Contains(demo.Bundle.Manifest.Files[file].Sha256, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Refuses_a_truncated_file_and_names_both_sizes()
    {
        using var folder = new TemporaryFolder();
        demo.CopyTo(folder);
        using (var stream = File.Open(folder["model.onnx.data"], FileMode.Open))
        {
            stream.SetLength(1000);
        }

        var error = Assert.Throws<InvalidDataException>(() => Bundle.Open(folder.Path));

        Assert.Contains(
            $"has 1000 bytes; expected {demo.Bundle.Manifest.Files["model.onnx.data"].Bytes}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Refuses_a_bundle_that_lacks_a_file()
    {
        using var folder = new TemporaryFolder();
        demo.CopyTo(folder);
        File.Delete(folder["vocab.txt"]);

        var error = Assert.Throws<FileNotFoundException>(() => Bundle.Open(folder.Path));

        Assert.Equal(folder["vocab.txt"], error.FileName);
    }

    [Fact]
    public void What_only_other_runtimes_read_may_be_left_out_and_is_verified_only_with_everything_else()
    {
        const string standard = "onnx/model.onnx";
        using var folder = new TemporaryFolder();
        demo.CopyTo(folder);
        File.Delete(folder["bundle.json"]);
        Directory.CreateDirectory(folder["onnx"]);
        File.WriteAllText(folder[standard], "graph");
        var sealedBundle = Bundle.Seal(folder.Path, demo.Bundle.Manifest with { StandardGraph = standard });
        Assert.Contains(standard, sealedBundle.Manifest.Files.Keys);

        File.WriteAllText(folder[standard], "other");
        Bundle.OpenUnverified(folder.Path).VerifyCovered();
        Assert.Contains("SHA-256", Assert.Throws<InvalidDataException>(() => Bundle.Open(folder.Path)).Message, StringComparison.Ordinal);

        File.Delete(folder[standard]);
        Assert.Equal(sealedBundle.Model.Fingerprint, Bundle.Open(folder.Path).Model.Fingerprint);
    }

    [Theory]
    [InlineData("vocab.txt", true)]
    [InlineData("tokenizer_config.json", true)]
    [InlineData("model.onnx", false)]
    [InlineData("model.onnx.data", false)]
    public void A_tokenizer_alone_needs_its_own_files_right(string changed, bool isRead)
    {
        using var folder = new TemporaryFolder();
        demo.CopyTo(folder);
        var bytes = File.ReadAllBytes(folder[changed]);
        bytes[^1] ^= 1;
        File.WriteAllBytes(folder[changed], bytes);

        var error = Record.Exception(Bundle.OpenUnverified(folder.Path).VerifyTokenizer);

        Assert.Equal(isRead, error is InvalidDataException);
        Assert.Throws<InvalidDataException>(() => Bundle.Open(folder.Path));
    }

    [Fact]
    public void Refuses_a_folder_that_is_no_bundle()
    {
        using var folder = new TemporaryFolder();

        Assert.Contains(
            "is no bundle", Assert.Throws<FileNotFoundException>(() => Bundle.Open(folder.Path)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("version", "7", "version 7; expected 1")]
    [InlineData("precision", "\"int8\"", "fingerprint")]
    [InlineData("graph", "\"other.onnx\"", "does not list its graph 'other.onnx'")]
    [InlineData("files", "null", "not a bundle's JSON")]
    [InlineData("dimension", "\"many\"", "not a bundle's JSON")]
    public void Refuses_a_manifest_that_was_changed(string property, string json, string message)
    {
        using var folder = new TemporaryFolder();
        demo.CopyTo(folder);
        Edit(folder, manifest => manifest[property] = JsonNode.Parse(json));

        Assert.Contains(message, Assert.Throws<InvalidDataException>(() => Bundle.Open(folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Refuses_a_manifest_that_is_no_JSON()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["bundle.json"], "{");

        Assert.Contains(
            "not a bundle's JSON", Assert.Throws<InvalidDataException>(() => Bundle.Open(folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Refuses_a_manifest_that_lists_a_file_outside_its_folder()
    {
        using var folder = new TemporaryFolder();
        demo.CopyTo(folder);
        Edit(folder, manifest => manifest["files"]!["../outside"] = JsonNode.Parse("""{"bytes": 1, "sha256": "00"}"""));

        Assert.Contains(
            "'../outside'; expected one inside", Assert.Throws<InvalidDataException>(() => Bundle.Open(folder.Path)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Changes_its_fingerprint_with_what_changes_a_vector_and_with_nothing_else()
    {
        using var folder = new TemporaryFolder();
        demo.CopyTo(folder);

        var renamed = Bundle.Seal(folder.Path, demo.Bundle.Manifest with { Model = "another-name", Licence = "mit" });
        File.AppendAllText(folder["vocab.txt"], "新\n");
        var changed = Bundle.Seal(folder.Path, demo.Bundle.Manifest);

        Assert.Equal(demo.Bundle.Model.Fingerprint, renamed.Model.Fingerprint);
        Assert.NotEqual(demo.Bundle.Model.Fingerprint, changed.Model.Fingerprint);
    }

    [Fact]
    public void Changes_its_fingerprint_with_the_prompts_but_not_with_empty_ones()
    {
        using var folder = new TemporaryFolder();
        demo.CopyTo(folder);

        Assert.Equal(demo.Bundle.Model.Fingerprint, Fingerprint([], null));
        Assert.Equal(demo.Bundle.Model.Fingerprint, Fingerprint(new() { ["query"] = "", ["document"] = "" }, null));
        string[] others =
        [
            demo.Bundle.Model.Fingerprint, Fingerprint(new() { ["query"] = "問い: " }, null), Fingerprint(new() { ["問い"] = "query: " }, null),
            Fingerprint(new() { ["query"] = "問い: " }, "query"),
        ];
        Assert.Equal(others, others.Distinct());

        string Fingerprint(Dictionary<string, string> prompts, string? name) => Bundle.Seal(
            folder.Path, demo.Bundle.Manifest with { Prompts = prompts, DefaultPromptName = name }).Model.Fingerprint;
    }

    private static void Edit(TemporaryFolder folder, Action<JsonNode> edit)
    {
        var manifest = JsonNode.Parse(File.ReadAllText(folder["bundle.json"]))!;
        edit(manifest);
        File.WriteAllText(folder["bundle.json"], manifest.ToJsonString());
    }
}
