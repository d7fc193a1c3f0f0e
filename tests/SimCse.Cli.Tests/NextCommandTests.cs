using System.Diagnostics;
using SimCse.Cli.Output;
using SimCse.Jobs.Clients;
using SimCse.Jobs.State;

namespace SimCse.Cli.Tests;

public sealed class NextCommandTests
{
    [Fact]
    public async Task A_shell_reads_each_argument_as_it_is()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The lines are read by a POSIX shell, which Windows lacks; CI has one.");
        string[] names =
        [
            "texts.txt", "news/2026-11.jsonl", "名前 with space.txt", "it's.txt", "-o", "a$HOME`id`\\\".txt", "!x;y&.txt", "*[1]?.txt", "",
        ];
        var start = new ProcessStartInfo("sh", ["-c", $"printf '%s\\n' {string.Join(' ', names.Select(NextCommand.Argument))}"])
        {
            RedirectStandardOutput = true,
        };
        using var shell = Process.Start(start)!;
        Assert.Equal(
            string.Join('\n', names) + "\n", await shell.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public void After_jobs_their_sources_are_fetched_and_queried()
    {
        Assert.Equal(
            [
                "simcse sync texts.txt --data here",
                "duckdb -init embeddings/_latest.sql -c " +
                    "\"SELECT source, line, text, embedding[1:3] FROM latest ORDER BY source, line LIMIT 5\"",
            ],
            NextCommand.AfterJobs([Job("texts.txt")], "--data here"));
        Assert.Equal("simcse sync", NextCommand.AfterJobs([Job("a.txt"), Job("b.txt")])[0]);
        var withoutText = NextCommand.AfterJobs([Job("a.txt", includesText: false)])[1];
        Assert.Contains("SELECT source, line, id,", withoutText, StringComparison.Ordinal);
    }

    private static JobStatus Job(string source, bool includesText = true) => new()
    {
        Job = "job",
        Source = source,
        State = JobStatus.Succeeded,
        Options = new JobOptions { IncludeText = includesText },
    };
}
