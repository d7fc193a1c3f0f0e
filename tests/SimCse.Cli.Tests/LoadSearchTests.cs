using System.Text.Json;
using SimCse.Testing;

namespace SimCse.Cli.Tests;

/// <summary>Azure AI Search as <see cref="SearchService"/> plays it; no service could be had.</summary>
public sealed class LoadSearchTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Documents_go_in_batches_and_those_that_a_new_version_lacks_go_away()
    {
        await using var service = await SearchService.StartAsync();
        await WriteAsync("it's.jsonl", 2_500);
        await LoadAsync(service, "it's.jsonl").SucceedAsync();
        Assert.Equal(2_500, service.Documents.Count);
        Assert.Equal([1_000, 1_000, 1_000, 500], service.Batches.Select(batch => batch.Documents));
        Assert.Equal("ja.lucene", Field(service, "text").GetProperty("analyzer").GetString());
        Assert.True(Field(service, "key").GetProperty("key").GetBoolean());

        service.Refresh();
        await WriteAsync("it's.jsonl", 1_200, 7);
        var said = await LoadAsync(service, "it's.jsonl").SucceedAsync();
        Assert.Equal(1_199, service.Documents.Count);
        Assert.All(service.Documents.Values, document => Assert.NotEqual(7, document.GetProperty("line").GetInt32()));
        Assert.Contains("1,199 rows of 3 components → embeddings", said.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_service_refuses_is_said_without_the_key()
    {
        await using var service = await SearchService.StartAsync();
        await WriteAsync("rows.jsonl", 2);
        await LoadAsync(service, "rows.jsonl").SucceedAsync();
        var refused = await LoadAsync(service, "rows.jsonl", key: "falsch");
        Assert.Equal(1, refused.ExitCode);
        Assert.Matches(@"Error: Azure AI Search at 127\.0\.0\.1:\d+ answered 403\.", refused.Error);
        Assert.DoesNotContain("falsch", refused.Error, StringComparison.Ordinal);

        service.Definition = JsonElement.Parse(
            service.Definition.ToString().Replace("\"dimensions\":3", "\"dimensions\":4", StringComparison.Ordinal));
        var other = await LoadAsync(service, "rows.jsonl");
        Assert.Contains("has 4 dimensions; the vectors have 3", other.Error, StringComparison.Ordinal);
    }

    private static JsonElement Field(SearchService service, string name) =>
        service.Definition.GetProperty("fields").EnumerateArray().Single(field => field.GetProperty("name").GetString() == name);

    private async Task<CliResult> LoadAsync(SearchService service, string file, string key = SearchService.Key)
    {
        await _folder.WriteAsync("key", key);
        return await _folder.RunAsync("load", "search", file, "--to", service.Address.ToString(), "--api-key-file", "key");
    }

    private Task WriteAsync(string file, int rows, int without = 0) => File.WriteAllLinesAsync(
        _folder[file],
        from line in Enumerable.Range(1, rows)
        where line != without
        select JsonSerializer.Serialize(new { id = $"{line}", line, text = $"文{line}", embedding = new[] { line, 0.5, 1 } }),
        TestContext.Current.CancellationToken);
}
