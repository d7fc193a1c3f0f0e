using System.Text;
using SimCse.Jobs.Sources;

namespace SimCse.Jobs.Tests.Sources;

/// <summary>A source says how many of its lines repeat an id.</summary>
public sealed class DuplicateIdsTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("a.txt", "猫\n猫\n", null)]
    [InlineData("a.jsonl", "{\"id\": \"a\", \"text\": \"x\"}\n{\"text\": \"y\", \"id\": \"b\"}\n", 0L)]
    [InlineData("a.jsonl", "{\"id\": \"a\", \"text\": \"x\"}\n\n{\"text\": \"y\", \"id\": \"a\"}\n{\"id\": \"a\"}\nno JSON\n", 2L)]
    [InlineData("a.jsonl",
        "{\"id\": 1, \"text\": \"x\"}\n{\"text\": \"y\", \"id\": \"1\"}\n{\"id\": null, \"text\": \"z\"}\n{\"text\": \"z\"}\n", 1L)]
    [InlineData("a.jsonl",
        "{\"x\": {\"id\": 5}, \"id\": [1], \"text\": \"x\"}\n{\"id\": [1], \"text\": \"x\"}\n{\"x\": {\"id\": 5}, \"text\": \"y\"}\n", 1L)]
    [InlineData("a.json", "[{\"id\": \"a\", \"text\": \"x\"}, {\"id\": \"a\", \"text\": \"y\"}]", 1L)]
    [InlineData("a.csv", "id,text\n1,猫\n2,犬\n\"1\",鳥\n,雨\n,雪\n", 1L)]
    [InlineData("a.tsv", "text\tID\n猫\t\n犬\tx\n鳥\tx\n", 1L)]
    [InlineData("a.csv", "text\n1\n1\n", 0L)]
    public async Task Lines_that_repeat_an_id_are_counted(string name, string content, long? repeated)
    {
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(content));
        var source = await SourceFile.OpenAsync(stream, name, SourceFormat.FromName(name), cancellationToken: Cancellation);
        Assert.Equal(repeated, source.DuplicateIds);
    }

    [Theory]
    [InlineData(932)]
    [InlineData(51932)]
    public async Task The_name_of_the_column_is_found_in_other_charsets(int codePage)
    {
        var encoding = CodePagesEncodingProvider.Instance.GetEncoding(codePage)!;
        using var stream = new MemoryStream(encoding.GetBytes("番号,本文\n一,猫が眠る。\n一,犬が走る。\n"));
        var source = await SourceFile.OpenAsync(
            stream, "a.csv", SourceFormat.FromName("a.csv"), SourceColumns.Create("本文", "番号", []), cancellationToken: Cancellation);
        Assert.Equal(1, source.DuplicateIds);
    }
}
