using SimCse.Jobs.Parts;
using SimCse.Jobs.State;

namespace SimCse.Jobs.Tests.State;

public sealed class JobIdTests
{
    [Fact]
    public void An_id_is_twenty_characters_of_base32_of_a_SHA256()
    {
        // printf 'a.txt\n0x1\nf\n{"normalize":false,"includeText":true}' | sha256sum | xxd -r -p | base32 | head -c 20 | tr A-Z a-z
        Assert.Equal("mjlhe7an4tc5piccqhze", JobId.Compute("a.txt", "0x1", "f", new JobOptions()));
        Assert.True(JobId.IsValid("mjlhe7an4tc5piccqhze"));
    }

    [Fact]
    public void Whatever_makes_the_job_changes_the_id()
    {
        string[] ids =
        [
            JobId.Compute("a.txt", "1", "f", new JobOptions()),
            JobId.Compute("b.txt", "1", "f", new JobOptions()),
            JobId.Compute("A.txt", "1", "f", new JobOptions()),
            JobId.Compute("a.txt", "2", "f", new JobOptions()),
            JobId.Compute("a.txt", "1", "g", new JobOptions()),
            JobId.Compute("a.txt", "1", "f", new JobOptions { Normalize = true }),
            JobId.Compute("a.txt", "1", "f", new JobOptions { Dimensions = 64 }),
            JobId.Compute("a.txt", "1", "f", new JobOptions { IncludeText = false }),
            JobId.Compute("a.txt", "1", "f", new JobOptions { Encoding = "euc-jp" }),
            JobId.Compute("a.txt", "1", "f", new JobOptions { TextColumn = "a" }),
            JobId.Compute("a.txt", "1", "f", new JobOptions { IdColumn = "a" }),
            JobId.Compute("a.txt", "1", "f", new JobOptions { Keep = ColumnList.Of(["a"]) }),
            JobId.Compute("a.txt", "1", "f", new JobOptions { ChunkOverlap = 0 }),
            JobId.Compute("a.txt", "1", "f", new JobOptions { VectorType = VectorType.Int8 }),
            JobId.Compute("a.txt", "1", "f", new JobOptions { Prompt = "" }),
            JobId.Compute("a.txt", "1", "f", new JobOptions { Prompt = "query" }),
            JobId.Compute("a.txt", "1", "f", new JobOptions { PromptName = "query" }),
        ];
        Assert.Equal(ids.Length, ids.Distinct().Count());
    }
}
