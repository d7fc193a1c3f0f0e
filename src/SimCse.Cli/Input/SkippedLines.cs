using SimCse.Cli.CommandLine;
using SimCse.Cli.Terminal;
using SimCse.Jobs.Sources;

namespace SimCse.Cli.Input;

/// <summary>Lines that are no texts: named on standard error one by one, then by number only; a bad text is data, not a failure.</summary>
internal sealed class SkippedLines(CliTerminal terminal)
{
    private const int MaxShown = 20;

    public long Count { get; private set; }

    public void Add(SourceRecord record)
    {
        if (++Count <= MaxShown)
        {
            terminal.Warn($"line {record.Line} is skipped: {record.Error}");
        }
    }

    /// <summary>Says how many more there were.</summary>
    /// <param name="texts">That were not skipped.</param>
    /// <exception cref="CliException">Every line was.</exception>
    public void Summarise(long texts)
    {
        if (Count > MaxShown)
        {
            terminal.Warn($"{Count - MaxShown} more lines are skipped; {Count} in all.");
        }

        if (texts == 0 && Count > 0)
        {
            throw new CliException($"None of the {Count} lines is a text that can be read.");
        }
    }
}
