using SimCse.Testing;

namespace SimCse.Cli.Tests;

public sealed class DemoTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Goes_the_whole_way_and_says_that_the_model_is_untrained()
    {
        var result = await _folder.RunAsync("demo").SucceedAsync();

        var file = result.OutputLines().Single(line => line.EndsWith("part-00000.parquet", StringComparison.Ordinal)).Trim();
        var rows = await DuckDb.QueryAsync(
            $"SELECT count(*), count(DISTINCT text), min(len(embedding)) FROM '{_folder[file]}'", TestContext.Current.CancellationToken);
        var sentences = await File.ReadAllLinesAsync(
            Path.Combine(RepositoryRoot.Path, "samples", "sentences.txt"), TestContext.Current.CancellationToken);
        Assert.Equal([(long)sentences.Length, (long)sentences.Length, 256L], rows[0]);
        Assert.Contains("UNTRAINED", result.Output, StringComparison.Ordinal);
        Assert.Contains("窓辺の猫は、気持ちよさそうに眠っている。", result.Output, StringComparison.Ordinal);
        Assert.Contains("duckdb -c", result.Output, StringComparison.Ordinal);
    }
}
