using System.Text.Json;
using SimCse.Testing;

namespace SimCse.Cli.Tests;

/// <summary>Qdrant as <see cref="QdrantServer"/> plays it.</summary>
public sealed class LoadQdrantTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Points_of_a_source_are_replaced_and_those_of_others_stay()
    {
        await using var server = await QdrantServer.StartAsync();
        await WriteAsync("a.jsonl", 300);
        await WriteAsync("b.jsonl", 2);
        await LoadAsync(server, "a.jsonl", "b.jsonl").SucceedAsync();
        await WriteAsync("a.jsonl", 1);
        await LoadAsync(server, "a.jsonl").SucceedAsync();
        await LoadAsync(server, "a.jsonl").SucceedAsync();

        Assert.Equal(
            ["a.jsonl 1 文1", "b.jsonl 1 文1", "b.jsonl 2 文2"],
            server.Payloads.Select(row => $"{row.GetProperty("source")} {row.GetProperty("line")} {row.GetProperty("text")}").Order());
        Assert.Equal(["job", "source"], server.Indexes.Distinct().Order());

        await File.WriteAllTextAsync(_folder["c.jsonl"], "{\"embedding\": [1]}\n", TestContext.Current.CancellationToken);
        var other = await LoadAsync(server, "c.jsonl");
        Assert.Contains("does not hold vectors of 1 components without a name", other.Error, StringComparison.Ordinal);
    }

    private Task<CliResult> LoadAsync(QdrantServer server, params string[] files) =>
        _folder.RunAsync(["load", "qdrant", .. files, "--to", server.Address.ToString()]);

    private Task WriteAsync(string file, int rows) => File.WriteAllLinesAsync(
        _folder[file],
        Enumerable.Range(1, rows)
            .Select(line => JsonSerializer.Serialize(new { id = $"{line}", line, text = $"文{line}", embedding = new[] { line, 0.5 } })),
        TestContext.Current.CancellationToken);
}
