using SimCse.Cli.CommandLine;
using SimCse.Cli.Terminal;
using SimCse.Jobs.Parts;
using SimCse.Jobs.Sources;
using SimCse.Jobs.State;

namespace SimCse.Cli.Input;

/// <summary>Warns of lines that are not texts, one by one and then by number only: a bad text is not a failure.</summary>
/// <param name="terminal">Where to warn.</param>
/// <param name="errors">Receives all of them as JSON lines, like the error file of a job's part; none where nobody asked.</param>
internal sealed class SkippedLines(CliTerminal terminal, Stream? errors = null)
{
    private const int MaxShown = 20;

    public long Count { get; private set; }

    public void Add(SourceRecord record)
    {
        errors?.Write(new ErrorRow(record.Line, record.Id, record.Error!).ToLine());
        if (++Count <= MaxShown)
        {
            terminal.Warn($"line {record.Line} is skipped: {record.Error}");
        }
    }

    /// <summary>Says how many more lines were skipped.</summary>
    /// <param name="texts">The number of lines that were not skipped.</param>
    /// <param name="limit">How many may be skipped.</param>
    /// <exception cref="CliException">Every line was skipped, or more than may be.</exception>
    public void Summarise(long texts, ErrorLimit? limit = null)
    {
        if (Count > MaxShown)
        {
            terminal.Warn($"{Count - MaxShown} more lines are skipped; {Count} in all.");
        }

        if (!ErrorLimit.Allows(limit, Count, texts + Count))
        {
            throw new CliException(
                texts == 0 ? $"None of the {Count} lines is a text that can be read."
                : $"{Count} of {texts + Count} lines cannot be read; --max-errors allows {limit}.");
        }
    }
}
