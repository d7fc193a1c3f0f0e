using System.Text;
using SimCse.Testing;

namespace SimCse.Cli.Tests;

/// <summary>Short forms for tests that run the program in a folder of their own.</summary>
internal static class Simcse
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static Task<CliResult> RunAsync(this TemporaryFolder folder, params string[] arguments) =>
        CliProcess.RunAsync(arguments, folder.Path, Cancellation);

    public static Task<CliResult> RunWithInputAsync(this TemporaryFolder folder, string input, params string[] arguments) =>
        CliProcess.RunAsync(arguments, folder.Path, Cancellation, input);

    /// <summary>The run must have succeeded; the message shows what it said.</summary>
    public static async Task<CliResult> SucceedAsync(this Task<CliResult> run)
    {
        var result = await run;
        Assert.True(result.ExitCode == 0, $"exit code {result.ExitCode}: {result.Error}");
        return result;
    }

    public static IReadOnlyList<string> OutputLines(this CliResult result) => Lines(result.Output);

    public static IReadOnlyList<string> ErrorLines(this CliResult result) => Lines(result.Error);

    public static Task WriteAsync(this TemporaryFolder folder, string file, string text) =>
        File.WriteAllTextAsync(folder[file], text, new UTF8Encoding(false), Cancellation);

    private static string[] Lines(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
