using SimCse.Cli.CommandLine;
using SimCse.Cli.Terminal;
using SimCse.Jobs.Sources;

namespace SimCse.Cli.Input;

/// <summary>Warns of lines that are not texts, one by one and then by number only: a bad text is not a failure.</summary>
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

    /// <summary>Says how many more lines were skipped.</summary>
    /// <param name="texts">The number of lines that were not skipped.</param>
    /// <exception cref="CliException">Every line was skipped.</exception>
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
