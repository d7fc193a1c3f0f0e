using System.IO.Compression;
using System.Text.Json;
using SimCse.Testing;

namespace SimCse.Cli.Tests;

/// <summary>The daily work with jobs, as processes beside a running app.</summary>
public sealed class JobCommandsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Jobs_are_submitted_found_judged_and_deleted()
    {
        using var up = CliProcess.Start(["up", "--port", "0"], _folder.Path);
        await Eventually.TrueAsync(
            "it runs", () => Task.FromResult(up.Output.Contains("Ctrl-C", StringComparison.Ordinal)), Cancellation,
            TimeSpan.FromMinutes(5));

        await A_folder_is_tried_and_submitted();
        var bad = await A_job_without_a_text_fails_and_can_be_accepted();
        await Standard_input_is_submitted_and_its_submission_stands_for_the_job();
        await A_list_says_what_it_leaves_out();
        await A_job_is_deleted_and_old_ones_are_cleaned(bad);
        await An_archive_says_what_its_members_have_become();

        up.Signal("TERM");
        Assert.Equal(0, (await up.WaitAsync(Cancellation)).ExitCode);
    }

    [Theory]
    [InlineData("3 lines%", false)]
    [InlineData("0", false)]
    [InlineData("1", true)]
    [InlineData("33.4%", true)]
    public async Task Encode_has_the_same_limit(string limit, bool succeeds)
    {
        await _folder.WriteAsync("texts.jsonl", "{\"text\":\"猫\"}\n{\"sentence\":\"犬\"}\n{\"text\":\"鳥\"}\n");
        var result = await _folder.RunAsync("encode", "texts.jsonl", "-o", "texts.parquet", "--max-errors", limit);
        Assert.Equal((succeeds, succeeds), (result.ExitCode == 0, File.Exists(_folder["texts.parquet"])));
        Assert.Contains(
            succeeds ? "it has \"sentence\"" : limit == "0" ? "1 of 3 lines cannot be read; --max-errors allows 0." : "expected a number",
            result.Error, StringComparison.Ordinal);
    }

    private async Task A_folder_is_tried_and_submitted()
    {
        Directory.CreateDirectory(_folder["corpus/2026"]);
        Directory.CreateDirectory(_folder["corpus/.git"]);
        for (var i = 0; i < 25; i++)
        {
            await _folder.WriteAsync($"corpus/2026/{i:00}.txt", $"文{i}\n猫\n");
        }

        foreach (var name in (string[])["readme.md", ".DS_Store", ".git/a.txt", "2026/Thumbs.db"])
        {
            await _folder.WriteAsync($"corpus/{name}", "x\n");
        }

        await _folder.WriteAsync("corpus/2026/settings.json", " {\"text\": \"no array\"}\n");

        var tried = await _folder.RunAsync("submit", "corpus", "--name", "c/", "--dry-run").SucceedAsync();
        Assert.Contains("25 sources, 50 texts in 25 shards, 240 bytes. 5 other files are ignored", tried.Output, StringComparison.Ordinal);
        Assert.Contains("No job has been done", tried.Output, StringComparison.Ordinal);
        Assert.Contains("There are no jobs yet", (await _folder.RunAsync("jobs").SucceedAsync()).Output, StringComparison.Ordinal);

        var submitted = await _folder.RunAsync("submit", "corpus/**/0*.txt", "corpus/2026/10.txt", "--name", "c/", "--wait").SucceedAsync();
        Assert.Equal(11, submitted.OutputLines().Count(line => line.Contains(" 2 rows, 0 errors, 1 shard ", StringComparison.Ordinal)));
        Assert.Contains("c/2026/09.txt: ", submitted.Output, StringComparison.Ordinal);
        Assert.Contains("c/10.txt: ", submitted.Output, StringComparison.Ordinal);
        Assert.InRange(submitted.ErrorLines().Count, 1, 20); // not a line for each file
        var estimate = await _folder.RunAsync("submit", "corpus", "--dry-run").SucceedAsync();
        Assert.Matches("About [0-9:]+ at [0-9,]+ texts/s, as its last job had here", estimate.Output);
    }

    private async Task<string> A_job_without_a_text_fails_and_can_be_accepted()
    {
        await _folder.WriteAsync("sentences.jsonl", "{\"id\":1,\"sentence\":\"猫\"}\n{\"id\":2,\"sentence\":\"犬\"}\n");
        var submitted = await _folder.RunAsync("submit", "sentences.jsonl", "--wait");
        Assert.Equal(1, submitted.ExitCode);
        Assert.Contains(
            "None of its 2 lines could be encoded. Line 1: The object has no property \"text\"; it has \"id\", \"sentence\". All are in " +
            "embeddings/sentences.jsonl/",
            submitted.Error, StringComparison.Ordinal);

        using var failed = JsonDocument.Parse((await _folder.RunAsync("jobs", "--state", "failed", "--json").SucceedAsync()).Output);
        var job = Assert.Single(failed.RootElement.EnumerateArray()).GetProperty("job").GetString()!;
        var refused = await _folder.RunAsync("jobs", "retry", job[..8]);
        Assert.Equal(3, refused.ExitCode);
        Assert.Contains($"'simcse jobs retry {job} --max-errors 100%'", refused.Error, StringComparison.Ordinal);
        await _folder.RunAsync("jobs", "retry", job[..8], "--max-errors", "100%").SucceedAsync();
        var watched = await _folder.RunAsync("jobs", job[..8], "--watch").SucceedAsync();
        Assert.Contains("succeeded", watched.Output, StringComparison.Ordinal);
        Assert.Contains("it has \"id\", \"sentence\"", watched.Output, StringComparison.Ordinal);
        Assert.Contains($"embeddings/sentences.jsonl/{job}/_errors/part-00000.jsonl", watched.Output, StringComparison.Ordinal);
        return job;
    }

    private async Task Standard_input_is_submitted_and_its_submission_stands_for_the_job()
    {
        var submitted = await _folder.RunWithInputAsync("猫\n犬\n", "submit", "-", "--name", "chat.txt", "--prompt", "次の文: ").SucceedAsync();
        var id = submitted.Output.Split("simcse jobs ")[1].Split('\'')[0];
        await _folder.RunAsync("jobs", "--watch", "--source", "chat").SucceedAsync();
        var shown = await _folder.RunAsync("jobs", id).SucceedAsync();
        Assert.Contains("texts/chat.txt", shown.Output, StringComparison.Ordinal);
        Assert.Contains("2, and 0 blank lines", shown.Output, StringComparison.Ordinal);
        Assert.Contains("'次の文: '", shown.Output, StringComparison.Ordinal);
        Assert.Matches(@"arithmetic +cpu .* onnxruntime-.* \(1 shard\)", shown.Output);
    }

    private async Task A_list_says_what_it_leaves_out()
    {
        var cut = await _folder.RunAsync("jobs", "--limit", "2").SucceedAsync();
        Assert.Equal(3, cut.OutputLines().Count);
        Assert.Contains("The newest 2 of 13 jobs", cut.Error, StringComparison.Ordinal);
        var some = await _folder.RunAsync("jobs", "--source", "c/2026/").SucceedAsync();
        Assert.Equal(11, some.OutputLines().Count);
        Assert.Contains("10 of 13 jobs are like that.", some.Error, StringComparison.Ordinal);
        Assert.Equal(2, (await _folder.RunAsync("jobs", "--state", "done")).ExitCode);
    }

    private async Task A_job_is_deleted_and_old_ones_are_cleaned(string job)
    {
        var asked = await _folder.RunAsync("jobs", "delete", job);
        Assert.Equal(1, asked.ExitCode);
        Assert.Contains($"Delete job {job} of sentences.jsonl (succeeded, ", asked.Error, StringComparison.Ordinal);
        await _folder.RunAsync("jobs", "delete", job, "--yes").SucceedAsync();
        Assert.Equal(1, (await _folder.RunAsync("jobs", job)).ExitCode);

        Assert.Contains("Nothing says how long", (await _folder.RunAsync("jobs", "clean")).Error, StringComparison.Ordinal);
        await _folder.WriteAsync("sentences.jsonl", "x\n");
        await _folder.RunAsync("submit", "sentences.jsonl", "--wait");
        var tried = await _folder.RunAsync("jobs", "clean", "--unfinished", "0", "--dry-run").SucceedAsync();
        Assert.Contains("1 job, ", tried.Output, StringComparison.Ordinal);
        Assert.Contains("Nothing was.", tried.Output, StringComparison.Ordinal);
        await _folder.RunAsync("jobs", "clean", "--unfinished", "0", "--yes").SucceedAsync();
        var again = await _folder.RunAsync("jobs", "clean", "--unfinished", "0").SucceedAsync();
        Assert.Contains("nothing to delete", again.Output, StringComparison.Ordinal);
    }

    private async Task An_archive_says_what_its_members_have_become()
    {
        await using (var zip = await ZipFile.OpenAsync(_folder["x.zip"], ZipArchiveMode.Create, Cancellation))
        {
            foreach (var name in (string[])["a.txt", "b/c.json", "d.pdf"])
            {
                await using var member = await zip.CreateEntry(name).OpenAsync(Cancellation);
                await member.WriteAsync("[{\"text\":\"猫\"}]\n"u8.ToArray(), Cancellation);
            }
        }

        var submitted = await _folder.RunAsync("submit", "x.zip", "--wait").SucceedAsync();
        Assert.Equal(
            "x.zip: It is an archive, and its 2 members are sources of their own now: x.zip/a.txt, x.zip/b/c.json. Ignored: 'd.pdf' " +
            "(no source). 'simcse jobs' shows their jobs.",
            submitted.Output.TrimEnd());
        await _folder.RunAsync("jobs", "--watch", "--source", "x.zip/").SucceedAsync();
        Assert.Equal(3, (await _folder.RunAsync("jobs", "--source", "x.zip/", "--state", "succeeded").SucceedAsync()).OutputLines().Count);
    }
}
