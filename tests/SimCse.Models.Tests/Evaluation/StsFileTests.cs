using SimCse.Models.Evaluation;
using SimCse.Testing;

namespace SimCse.Models.Tests.Evaluation;

public sealed class StsFileTests
{
    [Theory]
    [InlineData("{\"sentence_pair_id\": \"0\", \"sentence1\": \"犬\", \"sentence2\": \"猫\", \"label\": 1.5}\n\n{\"sentence1\": \"海\", " +
        "\"sentence2\": \"川\", \"score\": \"3\"}\n")]
    [InlineData("犬\t猫\t1.5\r\n海\t川\t3")]
    [InlineData("id\tsentence2\tsentence1\tlabel\n7\t猫\t犬\t1.5\n8\t川\t海\t3\n")]
    public void Reads_each_form(string content) => Assert.Equal([new StsPair("犬", "猫", 1.5), new StsPair("海", "川", 3)], Read(content));

    [Theory]
    [InlineData("", "holds no pairs")]
    [InlineData("犬\t猫\t1\n犬\t猫\n", "line 2 has 2 tab-separated fields; expected 3 at least")]
    [InlineData("犬\t猫\tviel", "line 1 has the score 'viel'; expected a number")]
    [InlineData("犬\t猫\tNaN", "line 1 has the score 'NaN'; expected a number")]
    [InlineData("{\"sentence1\": \"犬\", \"label\": 1}", "line 1 has no sentence2; expected text")]
    [InlineData("{\"sentence1\": \"犬\", \"sentence2\": 5, \"label\": 1}", "line 1 has no sentence2; expected text")]
    [InlineData("{\"sentence1\": \"犬\", \"sentence2\": \"猫\"}", "line 1 has no label; expected a number")]
    [InlineData("{\"sentence1\": ", "line 1 is no JSON")]
    public void Names_the_line_that_it_cannot_read(string content, string message) =>
        Assert.Contains(message, Assert.Throws<InvalidDataException>(() => Read(content)).Message, StringComparison.Ordinal);

    private static IReadOnlyList<StsPair> Read(string content)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["pairs"], content);
        return StsFile.Read(folder["pairs"]);
    }
}
