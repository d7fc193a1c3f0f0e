using System.Text.RegularExpressions;
using SimCse.Testing;

namespace SimCse.Cli.Tests;

/// <summary>README's line for DuckDB's own command, asked of its library.</summary>
public sealed partial class ReadmeQueryTests(StoredJobs jobs) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_query_shows_the_newest_version_of_a_source_and_no_other()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await jobs.RunAsync("readme/texts.txt", "古い文。\n");
        await jobs.RunAsync("readme/texts.txt", "猫が窓辺で眠っている。\n犬が公園を走る。\n");
        await _folder.RunAsync("sync", "readme/", "--connection", jobs.ConnectionString).SucceedAsync();

        var line = QueryPattern().Match(await File.ReadAllTextAsync(Path.Combine(RepositoryRoot.Path, "README.md"), cancellation));
        var initial = await File.ReadAllTextAsync(_folder[line.Groups["file"].Value], cancellation);
        var rows = await DuckDb.QueryAsync($"{initial}\n{line.Groups["sql"].Value}", cancellation);

        Assert.Equal(["猫が窓辺で眠っている。", "犬が公園を走る。"], rows.Select(row => row[2]));
        Assert.All(rows, row => Assert.Equal("readme/texts.txt", row[0]));
    }

    [GeneratedRegex("""^duckdb -init (?<file>\S+) -c "(?<sql>.+)"$""", RegexOptions.Multiline)]
    private static partial Regex QueryPattern();
}
