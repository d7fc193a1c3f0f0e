using System.Text.Json;
using SimCse.Testing;

namespace SimCse.Cli.Tests;

public sealed class ModelImportTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Import_makes_a_bundle_that_info_describes_file_by_file()
    {
        var ipadic = DebianIpadic.Require();
        await _folder.RunAsync(
            "model", "import", ModelFixture.Safetensors.Folder, "-o", "bundle", "--dictionary", ipadic, "--standard", "--name", "tiny").SucceedAsync();

        var info = await _folder.RunAsync("model", "info", "bundle", "--json").SucceedAsync();

        using var json = JsonDocument.Parse(info.Output);
        Assert.Equal("tiny", json.RootElement.GetProperty("model").GetString());
        Assert.Equal("dictionary", json.RootElement.GetProperty("dictionary").GetString());
        Assert.All(["dictionary/sys.dic", "model.onnx", "onnx/model.onnx", "vocab.txt"], file => Assert.True(json.RootElement.GetProperty("files").TryGetProperty(file, out _)));
    }

    [Theory]
    [InlineData("", "which is not there; expected a sentence-transformers folder", "model", "import", "nowhere", "-o", "bundle")]
    [InlineData("", "config.json is missing", "model", "import", ".", "-o", "bundle")]
    [InlineData("", "expected owner/name", "model", "pull", "name")]
    [InlineData("", "expected an address that begins with https://", "model", "pull", "--from", "hub")]
    [InlineData("", "'fp8' not recognized", "model", "import", ".", "-o", "bundle", "--precision", "fp8")]
    [InlineData("", "Could not find file", "eval", "sts", "nowhere")]
    [InlineData("犬\t猫\n", "line 1 has 2 tab-separated fields; expected 3", "eval", "sts", "pairs")]
    public async Task What_is_wrong_is_said_in_a_sentence(string pairs, string message, params string[] arguments)
    {
        await _folder.WriteAsync("pairs", pairs);

        var result = await _folder.RunAsync(arguments);

        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains(message, result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Eval_sts_reports_every_similarity_and_that_the_model_is_untrained()
    {
        await _folder.WriteAsync("pairs", "犬が走る\t犬が走る\t5\n犬が走る\t犬が走った\t3\n犬が走る\t株価と為替\t0\n");

        var table = await _folder.RunAsync("eval", "sts", "pairs").SucceedAsync();
        var json = await _folder.RunAsync("eval", "sts", "pairs", "--json").SucceedAsync();

        Assert.Contains("UNTRAINED", table.Error, StringComparison.Ordinal);
        Assert.All(["cosine", "dot", "manhattan", "euclidean"], name => Assert.Contains(name, table.Output, StringComparison.Ordinal));
        using var report = JsonDocument.Parse(json.Output);
        Assert.Equal(3, report.RootElement.GetProperty("pairs").GetInt32());
        Assert.Equal(1, report.RootElement.GetProperty("cosine").GetProperty("spearman").GetDouble(), 1e-12);
        Assert.True(report.RootElement.GetProperty("untrained").GetBoolean());
    }
}
