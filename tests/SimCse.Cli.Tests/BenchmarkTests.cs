using System.Text.Json;
using SimCse.Testing;

namespace SimCse.Cli.Tests;

/// <summary>That the benchmarks run and add up; how fast anything is, no test may say.</summary>
public sealed class BenchmarkTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_job_is_measured_beside_the_encoder_alone()
    {
        await _folder.WriteAsync("texts.txt", "猫が眠る。\n\n犬が走る。\n猫が眠る。\n");

        var result = await RunAsync("job", "texts.txt", "--rounds", "2", "--json").SucceedAsync();

        using var json = JsonDocument.Parse(result.Output);
        var size = Assert.Single(json.RootElement.GetProperty("sizes").EnumerateArray());
        Assert.Equal((2, 14, 1), (Number(size, "texts"), Number(size, "tokens"), Number(size, "shards")));
        Assert.Equal(2, size.GetProperty("rounds").GetArrayLength());
        Assert.All(size.GetProperty("rounds").EnumerateArray(), round => Assert.All(
            ["aloneSeconds", "operations", "ceiling", "planSeconds", "shardsSeconds", "commitSeconds", "jobSeconds"], name =>
                Assert.True(round.GetProperty(name).GetDouble() > 0, name)));
        Assert.All(size.GetProperty("rounds").EnumerateArray(), round => Assert.All(
            ["aloneCpuSeconds", "writeCpuSeconds", "startSeconds", "workerCpuSeconds", "azuriteCpuSeconds", "hostCpuSeconds"], name =>
                Assert.True(round.GetProperty(name).GetDouble() >= 0, name)));
        Assert.All(
            [
                "aloneTextsPerSecond", "textsPerSecond", "steadyTextsPerSecond", "tokensPerSecond", "operationsPerSecond",
                "ceiling", "share", "shareOfAlone",
            ],
            name => Assert.True(size.GetProperty(name).GetDouble() > 0, name));
        Assert.True(size.GetProperty("workerPeakBytes").GetInt64() >= size.GetProperty("workerReadyPeakBytes").GetInt64());
    }

    [Fact]
    public async Task The_planner_is_measured_in_a_worker_that_encodes_nothing()
    {
        await _folder.WriteAsync("texts.txt", "猫が眠る。\n犬が走る。\n");

        var result = await RunAsync("job", "texts.txt", "--plan-only", "--json").SucceedAsync();

        using var json = JsonDocument.Parse(result.Output);
        var size = Assert.Single(json.RootElement.GetProperty("sizes").EnumerateArray());
        Assert.Equal((2, 1), (Number(size, "texts"), Number(size, "shards")));
        Assert.True(size.GetProperty("planSeconds").GetDouble() > 0);
        Assert.True(size.GetProperty("workerPeakBytes").GetInt64() > 1 << 20);
    }

    [Fact]
    public async Task A_start_is_measured_stage_by_stage()
    {
        var result = await RunAsync("cold-start", "--rounds", "1", "--json").SucceedAsync();

        using var json = JsonDocument.Parse(result.Output);
        var start = Assert.Single(
            Assert.Single(json.RootElement.GetProperty("variants").EnumerateArray()).GetProperty("starts").EnumerateArray());
        var stages = start.GetProperty("stagesMs").EnumerateObject().ToDictionary(stage => stage.Name, stage => stage.Value.GetDouble());
        Assert.True(
            0 < stages["main"] && stages["main"] < stages["built"] && stages["built"] < stages["session"]
                && stages["session"] < stages["warm"]);
        Assert.True(
            stages["warm"] < start.GetProperty("vectorMs").GetDouble()
                && start.GetProperty("answerMs").GetDouble() < start.GetProperty("vectorMs").GetDouble());
    }

    [Fact]
    public async Task Operators_are_those_of_the_graph_and_their_shares_add_up()
    {
        await _folder.RunAsync("model", "random", "--layers", "2", "--hidden", "64", "--vocab", "0", "-o", "model").SucceedAsync();
        await _folder.RunAsync("model", "import", "model", "-o", "bundle").SucceedAsync();

        var result = await RunAsync("operators", "--model", "bundle", "--tokens", "8", "--rounds", "2", "--json").SucceedAsync();

        using var json = JsonDocument.Parse(result.Output);
        var operators = json.RootElement.GetProperty("measurements")[0].GetProperty("operators").EnumerateArray().ToArray();
        Assert.Equal(13, Nodes("MatMul")); // six in each layer, and the Dense module
        Assert.Equal(2, Nodes("MultiHeadAttention"));
        Assert.Equal(5, Nodes("LayerNormalization"));
        Assert.Equal(1, operators.Sum(item => item.GetProperty("share").GetDouble()), 1e-9);

        int Nodes(string name) =>
            operators.Single(item => item.GetProperty("operator").GetString() == name).GetProperty("nodes").GetInt32();
    }

    [Fact]
    public async Task Tokenize_counts_texts_and_tokens()
    {
        await _folder.WriteAsync("texts.txt", "犬が走る。\n猫が寝ている。\n");

        var result = await RunAsync("tokenize", "texts.txt", "--rounds", "1", "--json").SucceedAsync();

        using var json = JsonDocument.Parse(result.Output);
        Assert.Equal((2, 16), (json.RootElement.GetProperty("texts").GetInt32(), json.RootElement.GetProperty("tokens").GetInt32()));
    }

    [Theory]
    [InlineData("job", "CPU of each process")]
    [InlineData("cold-start", "first vector")]
    [InlineData("operators", "ONNX Runtime's profiler")]
    [InlineData("tokenize", "bytes allocated a text")]
    public async Task Every_benchmark_explains_itself(string command, string expected)
    {
        var result = await RunAsync(command, "--help").SucceedAsync();
        Assert.Contains($"SimCse.Benchmarks {command}", result.Output, StringComparison.Ordinal);
        Assert.Contains(
            expected, string.Join(' ', result.Output.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_short_file_is_not_repeated()
    {
        await _folder.WriteAsync("texts.txt", "猫が眠る。\n");
        var result = await RunAsync("job", "texts.txt", "--texts", "10");
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("holds 1 different texts", result.Error, StringComparison.Ordinal);
    }

    private Task<CliResult> RunAsync(params string[] arguments) =>
        CliProcess.RunAsync(arguments, _folder.Path, TestContext.Current.CancellationToken, assembly: CliProcess.Benchmarks);

    private static int Number(JsonElement element, string name) => element.GetProperty(name).GetInt32();
}
