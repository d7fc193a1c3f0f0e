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
            "model", "import", ModelFixture.Safetensors.Folder, "-o", "bundle", "--dictionary", ipadic, "--standard", "--name",
            "tiny").SucceedAsync();

        var info = await _folder.RunAsync("model", "info", "bundle", "--json").SucceedAsync();

        using var json = JsonDocument.Parse(info.Output);
        Assert.Equal("tiny", json.RootElement.GetProperty("model").GetString());
        Assert.Equal("dictionary", json.RootElement.GetProperty("dictionary").GetString());
        Assert.Equal("ipadic", json.RootElement.GetProperty("dictionaryName").GetString());
        Assert.Equal("given", json.RootElement.GetProperty("dictionaryFrom").GetString());
        Assert.Equal("max_seq_length of sentence_bert_config.json", json.RootElement.GetProperty("limitFrom").GetString());
        Assert.Equal("expected.jsonl", json.RootElement.GetProperty("selfCheck").GetProperty("file").GetString());
        Assert.Equal(0, json.RootElement.GetProperty("selfCheck").GetProperty("otherIds").GetInt32());
        Assert.All(
            ["dictionary/sys.dic", "model.onnx", "onnx/model.onnx", "vocab.txt"],
            file => Assert.True(json.RootElement.GetProperty("files").TryGetProperty(file, out _)));
    }

    [Fact]
    public async Task Import_says_which_dictionary_the_vocabulary_proved_what_it_compared_and_what_it_ignored_and_so_does_info()
    {
        ModelFixture.Unnamed.CopyTo(_folder["model"]);
        File.Copy(Path.Combine(ModelFixture.Unnamed.Folder, "expected.jsonl"), _folder["rows.jsonl"]);
        var config = await File.ReadAllTextAsync(_folder["model/config.json"], TestContext.Current.CancellationToken);
        await _folder.WriteAsync("model/config.json", config.Replace("{", "{\"new_key\": 1,", StringComparison.Ordinal));
        await _folder.WriteAsync("model/README.md", "# Model\n```python\nsentences = [\"犬が走る。\", '猫が寝る。']\n```\n");
        Directory.CreateDirectory(_folder["home/dictionaries"]);
        DebianIpadic.Require();
        Directory.CreateSymbolicLink(_folder["home/dictionaries/unidic_lite"], UnidicLite.Require());
        Dictionary<string, string> home = new() { ["SIMCSE_HOME"] = _folder["home"] };
        Task<CliResult> RunAsync(params string[] arguments) => CliProcess.RunAsync(
            arguments, _folder.Path, TestContext.Current.CancellationToken, environment: home);
        string[] import = ["model", "import", "model", "-o", "bundle", "--ignore", "config.json:new_key"];

        var refused = await RunAsync("model", "import", "model", "-o", "bundle");
        var imported = await RunAsync([.. import, "--expect", "rows.jsonl", "--allow-difference"]).SucceedAsync();
        var info = await _folder.RunAsync("model", "info", "bundle").SucceedAsync();

        Assert.Contains("new_key in config.json is 1 (unknown)", refused.Error, StringComparison.Ordinal);
        Assert.Contains("--ignore config.json:new_key", refused.Error, StringComparison.Ordinal);
        const string why = "decided by the vocabulary: 98.9 % of its 1,257 words whole with ipadic, 92.7 % with unidic_lite";
        Assert.Contains($"Dictionary:  ipadic, {why}", imported.Output, StringComparison.Ordinal);
        Assert.Matches("Self-check:  121 rows of rows.jsonl: .*; 1 have other ids", imported.Output);
        Assert.Contains("1 of 121 rows of rows.jsonl have other ids", imported.Error, StringComparison.Ordinal);
        Assert.Contains("Ignored:     config.json:new_key", imported.Output, StringComparison.Ordinal);
        Assert.Matches(@"Example:     \[-?[0-9.]+, -?[0-9.]+, -?[0-9.]+, …\] 犬が走る。", imported.Output);
        Assert.Matches("cosine of the first two -?[01][.][0-9]{4}", imported.Output);
        Assert.Contains(why, info.Output, StringComparison.Ordinal);
        Assert.Contains("121 rows of rows.jsonl", info.Output, StringComparison.Ordinal);
        Assert.Contains("included; model_max_length of tokenizer_config.json", info.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_int8_bundle_says_what_it_lost_and_encodes_a_whole_file()
    {
        await _folder.RunAsync("model", "random", "--layers", "1", "--hidden", "64", "--vocab", "0", "-o", "model").SucceedAsync();
        var import = await _folder.RunAsync(
            "model", "import", "model", "-o", "bundle", "--precision", "int8-stable", "--min-cosine", "0.99", "--min-spearman",
            "0.98").SucceedAsync();
        Assert.Contains("--precision int8-stable is int8 now", import.Error, StringComparison.Ordinal);
        Assert.Contains("Precision:   int8: cosine to fp32 ", import.Output, StringComparison.Ordinal);
        Assert.Contains("measured on built-in Japanese sentences", import.Output, StringComparison.Ordinal);

        var info = await _folder.RunAsync("model", "info", "bundle", "--json").SucceedAsync();
        using var json = JsonDocument.Parse(info.Output);
        Assert.Equal("int8", json.RootElement.GetProperty("precision").GetString());
        Assert.InRange(json.RootElement.GetProperty("quality").GetProperty("cosine").GetDouble(), 0.99, 1);
        Assert.InRange(json.RootElement.GetProperty("quality").GetProperty("tokenScaleMatrices").GetInt32(), 1, 6);

        await _folder.WriteAsync("texts.txt", "犬が走る。\n猫が寝ている。\n");
        await _folder.RunAsync("encode", "texts.txt", "-o", "out.parquet", "--model", "bundle").SucceedAsync();
        var rows = await DuckDb.QueryAsync(
            $"SELECT count(*) FROM '{_folder["out.parquet"]}' WHERE len(embedding) = 64", TestContext.Current.CancellationToken);
        var footer = await DuckDb.QueryAsync(
            $"SELECT decode(value) FROM parquet_kv_metadata('{_folder["out.parquet"]}') WHERE decode(key) = 'simcse.precision'",
            TestContext.Current.CancellationToken);
        Assert.Equal((2L, "int8"), (rows[0][0], footer[0][0]));
    }

    [Fact]
    public async Task An_fp16_bundle_runs_here_and_both_import_and_encode_say_that_it_is_for_GPUs()
    {
        await _folder.RunAsync("model", "random", "--layers", "1", "--hidden", "64", "--vocab", "0", "-o", "model").SucceedAsync();
        var import = await _folder.RunAsync("model", "import", "model", "-o", "bundle", "--precision", "fp16", "--min-spearman", "0.98")
            .SucceedAsync();
        await _folder.WriteAsync("texts.txt", "犬が走る。\n猫が寝ている。\n");
        var encode = await _folder.RunAsync("encode", "texts.txt", "-o", "out.parquet", "--model", "bundle").SucceedAsync();

        Assert.Contains("fp16 is for GPUs", import.Error, StringComparison.Ordinal);
        Assert.Contains("Precision:   fp16: cosine to fp32 ", import.Output, StringComparison.Ordinal);
        Assert.Contains("which is for GPUs", encode.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_int8_bundle_below_the_bar_is_refused_unless_it_is_allowed()
    {
        await _folder.RunAsync("model", "random", "--layers", "1", "--hidden", "64", "--vocab", "0", "-o", "model").SucceedAsync();
        string[] import = ["model", "import", "model", "-o", "bundle", "--precision", "int8", "--min-cosine", "1"];

        var refused = await _folder.RunAsync(import);
        Assert.NotEqual(0, refused.ExitCode);
        Assert.Contains("Error: In int8 the vectors have a cosine of ", refused.Error, StringComparison.Ordinal);
        Assert.Contains("3 of 6 matrices left in float32", refused.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["bundle"]));

        await _folder.RunAsync([.. import, "--allow-low-quality"]).SucceedAsync();
        Assert.True(File.Exists(_folder["bundle/bundle.json"]));
    }

    [Theory]
    [InlineData("", "which is not there; expected a sentence-transformers folder", "model", "import", "nowhere", "-o", "bundle")]
    [InlineData("", "modules.json is missing", "model", "import", ".", "-o", "bundle")]
    [InlineData("", "neither a name (ipadic, unidic, unidic_lite)", "model", "import", ".", "-o", "bundle", "--dictionary", "juman")]
    [InlineData("", "expected owner/name", "model", "pull", "name")]
    [InlineData("", "expected an address that begins with https://", "model", "pull", "--from", "hub")]
    [InlineData("", "'fp8' not recognized", "model", "import", ".", "-o", "bundle", "--precision", "fp8")]
    [InlineData("", "--calibration names 'none', which is not there", "model", "import", ".", "-o", "bundle", "--calibration", "none")]
    [InlineData("", "expected a number from 0 to 1", "model", "import", ".", "-o", "bundle", "--min-cosine", "2")]
    [InlineData("", "cannot be used: no such file", "eval", "sts", "nowhere")]
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
