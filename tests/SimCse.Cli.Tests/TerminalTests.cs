using System.Text.Json;
using System.Text.RegularExpressions;
using SimCse.Cli.Progress;
using SimCse.Cli.Terminal;
using SimCse.Testing;

namespace SimCse.Cli.Tests;

/// <summary>What is shown on real terminals of usual widths, with long Japanese names.</summary>
public sealed partial class TerminalTests(StoredJobs jobs) : IDisposable
{
    private const string LongName = "議事録/令和八年度/第三回定例会議の発言を一行ずつ書き起こしたもの（校正済み）.jsonl";

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(80)]
    [InlineData(120)]
    public async Task Lists_and_facts_fit(int columns)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "A terminal of its own is made by the command 'script' of Linux; CI runs there.");
        var prefix = $"画面{columns}/";
        var done = await jobs.RunAsync(prefix + LongName, """{"text": "猫が眠る。"}""" + "\n" + """{"sentence": "犬が走る。"}""" + "\n");
        await jobs.RunAsync($"{prefix}bad.jsonl", """{"sentence": "犬が走る。", "label": 1}""" + "\n");
        var values = new { AzureWebJobsStorage = jobs.ConnectionString };
        await _folder.WriteAsync("local.settings.json", JsonSerializer.Serialize(new { Values = values }));

        await ShowsAsync($"jobs-{columns}", columns, "jobs", "--source", $"{prefix}議");
        await ShowsAsync($"jobs-failed-{columns}", columns, "jobs", "--source", $"{prefix}bad");
        await ShowsAsync($"job-{columns}", columns, "jobs", done.Job);
    }

    [Theory]
    [InlineData(80)]
    [InlineData(120)]
    public void A_line_of_progress_fits_and_keeps_its_figures(int columns)
    {
        var line = JobProgress.Describe(new Line(), columns);
        Assert.InRange(CutText.Width(line), 40, columns - 6);
        Assert.EndsWith("49,152 of 2,842,624 texts, 1,234 texts/s, 37:45 left", line, StringComparison.Ordinal);
        Assert.StartsWith("議事録", line, StringComparison.Ordinal);
    }

    private async Task ShowsAsync(string snapshot, int columns, params string[] arguments)
    {
        var (exitCode, screen) = await TerminalScreen.RunAsync(arguments, _folder.Path, columns, Cancellation);
        Assert.Equal(0, exitCode);
        Assert.All(screen.Lines, shown => Assert.True(CutText.Width(shown) <= columns, shown));
        await Snapshot.MatchesAsync(snapshot, Constant(string.Join('\n', screen.Lines)));
    }

    /// <summary>Ids, times, hashes, processors and the number of other tests' jobs change; the widths of columns do not.</summary>
    private static string Constant(string shown)
    {
        shown = JobId().Replace(shown, "jjjjjjjjjjjjjjjjjjjj");
        shown = Time().Replace(shown, "2026-01-01 00:00:00 +00:00");
        shown = Hash().Replace(shown, match => new string('f', match.Length));
        shown = Arithmetic().Replace(shown, match => "cpu, onnxruntime (1 shard)".PadRight(match.Length));
        return Total().Replace(shown, "of N jobs").TrimEnd() + "\n";
    }

    [GeneratedRegex(@"\b[a-z2-7]{20}\b")]
    private static partial Regex JobId();

    [GeneratedRegex(@"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d\d:\d\d")]
    private static partial Regex Time();

    [GeneratedRegex("[0-9a-f]{16,}")]
    private static partial Regex Hash();

    [GeneratedRegex(@"cpu [a-z0-9-]+ onnxruntime-[0-9.]+ \(1 shard\) *")]
    private static partial Regex Arithmetic();

    [GeneratedRegex("of [0-9,]+ jobs")]
    private static partial Regex Total();

    private sealed class Line : IProgressLine
    {
        public string Name => LongName;

        public bool HasBegun => true;

        public bool IsFinished => false;

        public double Fraction => 0.1;

        public string Describe(bool briefly) =>
            $"{(briefly ? "" : "12 of 694 shards, ")}49,152 of 2,842,624 texts, 1,234 texts/s, 37:45 left";
    }
}
