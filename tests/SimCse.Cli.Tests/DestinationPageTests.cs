using System.Text.RegularExpressions;
using SimCse.Testing;

namespace SimCse.Cli.Tests;

/// <summary>The SQL of docs/destinations.md, as it stands there.</summary>
public sealed partial class DestinationPageTests(StoredJobs jobs, PostgresServer postgres) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task DuckDB_and_pgvector_find_what_the_page_says()
    {
        await jobs.RunAsync("news/page.txt", "猫が眠る。\n犬が走る。\n");
        await _folder.RunAsync("sync", "news/page.txt", "-o", "embeddings", "--connection", jobs.ConnectionString).SucceedAsync();

        var duck = (await SqlAsync("DuckDB")).Replace("'embeddings/", $"'{_folder["embeddings"]}/", StringComparison.Ordinal);
        var rows = await DuckDb.QueryAsync(duck, Cancellation);
        Assert.Equal(["猫が眠る。", "犬が走る。"], rows.Select(row => row[1]));
        Assert.Equal(1f, Assert.IsType<float>(rows[0][2]), 1e-5f);

        await _folder.RunAsync(
            "load", "pgvector", "embeddings", "--table", "news", "--to", await postgres.AddressAsync()).SucceedAsync();
        List<string?[]> found = [];
        foreach (var statement in (await SqlAsync("pgvector")).Split(";\n", StringSplitOptions.RemoveEmptyEntries))
        {
            found = await postgres.QueryAsync(statement);
        }

        Assert.Equal(["猫が眠る。", "犬が走る。"], found.Select(row => row[2]));
    }

    private static async Task<string> SqlAsync(string heading) => SqlPattern().Match(
        Regex.Split(await File.ReadAllTextAsync(Path.Combine(RepositoryRoot.Path, "docs", "destinations.md"), Cancellation), "(?m)^## ")
            .Single(section => section.StartsWith($"{heading}\n", StringComparison.Ordinal))).Groups[1].Value;

    [GeneratedRegex("```sql\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex SqlPattern();
}
