using SimCse.Testing;

namespace SimCse.Cli.Tests;

public sealed class HelpTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("demo", "stop everything")]
    [InlineData("up", "until Ctrl-C")]
    [InlineData("submit", "simcse submit texts.txt --wait")]
    [InlineData("jobs", "simcse jobs retry ID")]
    [InlineData("jobs retry", "What is done stays done")]
    [InlineData("jobs cancel", "Stop a job")]
    [InlineData("jobs download", "Fetch the Parquet files")]
    [InlineData("sync", "--delete-old")]
    [InlineData("encode", "simcse encode texts.txt -o texts.parquet")]
    [InlineData("tokenize", "input_ids")]
    [InlineData("similar", "--any-model")]
    [InlineData("export", "simcse export embeddings -o vectors.npy")]
    [InlineData("load pgvector", "in one transaction")]
    [InlineData("load qdrant", "SIMCSE_QDRANT_KEY")]
    [InlineData("load search", "SIMCSE_SEARCH_KEY")]
    [InlineData("estimate", "--prices")]
    [InlineData("eval sts", "Correlate the similarity")]
    [InlineData("eval precision", "--against bundle-fp32")]
    [InlineData("bench encode", "bare matrix products")]
    [InlineData("bench tune", "tuning.json")]
    [InlineData("model demo", "UNTRAINED")]
    [InlineData("model info", "Check a bundle's files")]
    public async Task Every_command_explains_itself(string command, string expected)
    {
        var result = await _folder.RunAsync([.. command.Split(' '), "--help"]).SucceedAsync();
        Assert.Contains($"simcse {command}", result.Output, StringComparison.Ordinal);
        Assert.Contains(expected, result.Output, StringComparison.Ordinal);
        Assert.Empty(result.Error);
    }

    [Fact]
    public async Task Without_arguments_all_commands_are_listed()
    {
        var result = await _folder.RunAsync().SucceedAsync();
        Assert.All(
            ["demo", "up", "submit", "jobs", "sync", "encode", "tokenize", "similar", "model"],
            command => Assert.Contains($"\n  {command} ", result.Output, StringComparison.Ordinal));
    }
}
