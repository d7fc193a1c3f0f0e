using SimCse.Testing;

namespace SimCse.Jobs.Tests.Charsets;

/// <summary>The table of docs/sources.md, with fewer files; <c>SIMCSE_CHARSET_FILES=1000</c> prints it with as many as there.</summary>
public sealed class CharsetTrialsTests(ITestOutputHelper output)
{
    private static readonly int Files =
        int.TryParse(Environment.GetEnvironmentVariable("SIMCSE_CHARSET_FILES"), out var files) ? files : 40;

    [Fact]
    public async Task Files_cut_from_real_Japanese_are_read_in_the_charset_that_they_were_written_in()
    {
        var trials = new CharsetTrials();
        foreach (var kind in trials.Kinds)
        {
            foreach (var lines in (int[])[1, 3, 10, 50])
            {
                var row = $"| {kind} | {lines} |";
                foreach (var (name, codePage) in CharsetTrials.Charsets)
                {
                    var wrong = await trials.CountWrongAsync(kind, codePage, lines, Files);
                    row += FormattableString.Invariant($" {100.0 * wrong / Files:0.0} |");

                    // A single word may be one of two charsets; more than one is not.
                    var allowed = kind is "sentences" or "ASCII and Japanese" || name is "UTF-8" or "ISO-2022-JP" ? 0
                        : lines == 1 ? 0.3 : lines == 3 ? 0.05 : 0;
                    Assert.True(wrong <= allowed * Files, $"{wrong} of {Files} files of {lines} {kind} in {name} were misread.");
                }

                output.WriteLine(row);
            }
        }
    }
}
