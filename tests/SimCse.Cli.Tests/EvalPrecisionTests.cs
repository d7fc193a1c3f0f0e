using System.Text.Json;
using SimCse.Testing;

namespace SimCse.Cli.Tests;

public sealed class EvalPrecisionTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Compares_bundles_on_the_texts_and_pairs_of_files()
    {
        await _folder.RunAsync("model", "random", "--layers", "2", "--hidden", "128", "--vocab", "0", "-o", "model").SucceedAsync();
        await _folder.RunAsync("model", "import", "model", "-o", "fp32").SucceedAsync();
        await _folder.RunAsync("model", "import", "model", "-o", "int8", "--precision", "int8", "--min-cosine", "0", "--min-spearman", "0")
            .SucceedAsync();
        await _folder.WriteAsync("texts.txt", "犬が走る。\n猫が寝ている。\n雨が降る。\n");
        await _folder.WriteAsync("pairs.tsv", "犬が走る。\t犬が走った。\t4\n犬が走る。\t株価が上がる。\t0\n猫が鳴く。\t猫がないた。\t3\n");
        string[] evaluate = ["eval", "precision", "texts.txt", "pairs.tsv", "--model", "int8", "--model", "fp32", "--against", "fp32"];

        using var json = JsonDocument.Parse((await _folder.RunAsync([.. evaluate, "--json"]).SucceedAsync()).Output);
        var table = await _folder.RunAsync([.. evaluate, "--limit", "1"]).SucceedAsync();

        Assert.Equal((7, 3), (json.RootElement.GetProperty("texts").GetInt32(), json.RootElement.GetProperty("pairs").GetInt32()));
        var (int8, fp32) = (json.RootElement.GetProperty("bundles")[0], json.RootElement.GetProperty("bundles")[1]);
        Assert.InRange(int8.GetProperty("cosine").GetDouble(), 0.9, 0.9999995);
        Assert.InRange(int8.GetProperty("leastCosine").GetDouble(), 0.9, int8.GetProperty("medianCosine").GetDouble());
        Assert.InRange(int8.GetProperty("spearman").GetDouble(), 0.4, 1);
        Assert.Equal(
            (1, 1), (Math.Round(fp32.GetProperty("leastCosine").GetDouble(), 6), Math.Round(fp32.GetProperty("spearman").GetDouble(), 6)));
        // one pair correlates with nothing
        Assert.Equal(2, table.OutputLines().Count(line => line.Contains("undefined", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("eval precision", "'FILE'", 2)]
    [InlineData("eval precision texts.txt --against fp32", "--model", 2)]
    [InlineData("eval precision texts.txt --model fp32", "--against", 2)]
    [InlineData("eval precision texts.txt --model fp32 --against absent", "--against names 'absent', which is not there", 1)]
    [InlineData("eval precision texts.txt --model fp32 --against fp32 --limit 0", "--limit is 0; expected 1 or more", 2)]
    public async Task What_is_wrong_is_said_in_a_sentence(string arguments, string message, int exitCode)
    {
        var result = await _folder.RunAsync(arguments.Split(' '));

        Assert.Equal(exitCode, result.ExitCode);
        Assert.Contains(message, result.Error, StringComparison.Ordinal);
    }
}
