using SimCse.Testing;

namespace SimCse.Cli.Tests;

/// <summary>
/// Compares what is shown with a file in Snapshots/. After a change that is meant, run the tests with <c>SIMCSE_UPDATE_SNAPSHOTS=1</c>,
/// then read the difference.
/// </summary>
internal static class Snapshot
{
    public static async Task MatchesAsync(string name, string shown)
    {
        var path = Path.Combine(RepositoryRoot.Path, "tests/SimCse.Cli.Tests/Snapshots", name + ".txt");
        if (Environment.GetEnvironmentVariable("SIMCSE_UPDATE_SNAPSHOTS") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            await File.WriteAllTextAsync(path, shown, TestContext.Current.CancellationToken);
        }

        Assert.Equal(await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken), shown);
    }
}
