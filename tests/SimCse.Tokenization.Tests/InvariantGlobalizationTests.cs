using System.Diagnostics;

namespace SimCse.Tokenization.Tests;

/// <summary>A process that cannot normalise refuses to tokenize instead of giving wrong ids.</summary>
public sealed class InvariantGlobalizationTests
{
    private const string Variable = "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT";

    [Fact]
    public void Loading_works_with_icu_and_is_refused_with_the_reason_without()
    {
        using var folder = TokenizerFolder.Create(TokenizerFolder.PublishedPieces, "wordpiece");
        if (Environment.GetEnvironmentVariable(Variable) != "1")
        {
            Assert.Equal(["世界"], folder.Load().Tokenize("世界").Words);
            return;
        }

        var message = Assert.Throws<PlatformNotSupportedException>(folder.Load).Message;
        Assert.Contains(Variable, message, StringComparison.Ordinal);
        Assert.Contains("libicu", message, StringComparison.Ordinal);
    }

    /// <summary>The mode is chosen when a process starts: the test above runs once more, in one of its own.</summary>
    [Fact]
    public async Task The_same_holds_in_a_process_without_icu()
    {
        var start = new ProcessStartInfo("dotnet")
        {
            ArgumentList =
            {
                "exec", typeof(InvariantGlobalizationTests).Assembly.Location, "-noColor", "-method",
                $"*{nameof(Loading_works_with_icu_and_is_refused_with_the_reason_without)}",
            },
            Environment = { [Variable] = "1" },
            RedirectStandardOutput = true,
        };
        using var process = Process.Start(start)!;
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.True(process.ExitCode == 0, output);
        Assert.Contains("Total: 1, Errors: 0, Failed: 0, Skipped: 0", output, StringComparison.Ordinal);
    }
}
