using System.Text.Json;
using SimCse.Inference;
using SimCse.Testing;

namespace SimCse.Cli.Tests;

public sealed class ModelTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_demo_model_is_a_model_folder_and_a_bundle_and_called_untrained()
    {
        var made = await _folder.RunAsync("model", "demo", "-o", "demo", "--json").SucceedAsync();
        using var json = JsonDocument.Parse(made.Output);
        Assert.True(json.RootElement.GetProperty("untrained").GetBoolean());
        Assert.Contains("UNTRAINED", made.Error, StringComparison.Ordinal);
        Assert.True(File.Exists(_folder["demo/model/model.safetensors"]));

        var info = await _folder.RunAsync("model", "info", "demo/bundle", "--json").SucceedAsync();
        using var manifest = JsonDocument.Parse(info.Output);
        Assert.Equal(json.RootElement.GetProperty("fingerprint").GetString(), manifest.RootElement.GetProperty("fingerprint").GetString());
        Assert.Equal(256, manifest.RootElement.GetProperty("dimension").GetInt32());

        var described = await _folder.RunAsync("model", "info", "demo/bundle").SucceedAsync();
        Assert.Contains("UNTRAINED", described.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_damaged_bundle_is_refused()
    {
        await _folder.RunAsync("model", "demo", "-o", "demo").SucceedAsync();
        await File.AppendAllTextAsync(_folder["demo/bundle/vocab.txt"], "more\n", TestContext.Current.CancellationToken);
        var result = await _folder.RunAsync("model", "info", "demo/bundle");
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("vocab.txt", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_model_that_is_not_imported_is_told_from_a_bundle()
    {
        var result = await _folder.RunAsync("model", "info", ModelFixture.PyTorch.Folder);
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("not imported yet", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Info_shows_the_prompts_and_which_of_them_is_the_default()
    {
        await _folder.RunAsync("model", "demo", "-o", "demo").SucceedAsync();
        var bundle = Bundle.Open(_folder["demo/bundle"]);
        Bundle.Seal(bundle.Folder, bundle.Manifest with
        {
            Prompts = new Dictionary<string, string> { ["query"] = "クエリ: ", ["document"] = "文章: " },
            DefaultPromptName = "document",
        });

        var table = await _folder.RunAsync("model", "info", "demo/bundle").SucceedAsync();
        var json = await _folder.RunAsync("model", "info", "demo/bundle", "--json").SucceedAsync();

        Assert.Matches("prompt query +\"クエリ: \"; of config_sentence_transformers.json *\n", table.Output);
        Assert.Contains("\"文章: \", before every text that asks for none", table.Output, StringComparison.Ordinal);
        using var manifest = JsonDocument.Parse(json.Output);
        Assert.Equal("クエリ: ", manifest.RootElement.GetProperty("prompts").GetProperty("query").GetString());
        Assert.Equal("document", manifest.RootElement.GetProperty("defaultPromptName").GetString());
    }
}
