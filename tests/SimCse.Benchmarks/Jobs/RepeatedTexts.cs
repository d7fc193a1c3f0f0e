using SimCse.Cli.CommandLine;

namespace SimCse.Benchmarks.Jobs;

/// <summary>As many texts as a measurement needs, from fewer.</summary>
internal static class RepeatedTexts
{
    /// <summary>Equal texts of one shard are encoded once, so a file that is measured repeatedly must be longer than a shard.</summary>
    private const int MinToRepeat = 4_096;

    /// <summary>Takes <paramref name="count"/> texts, starting from the first again after the last.</summary>
    public static IEnumerable<string> Take(string[] texts, long count)
    {
        if (count < 1)
        {
            throw new CliException($"{count} texts are to be measured; expected at least 1.");
        }

        if (count > texts.Length && texts.Length < MinToRepeat)
        {
            throw new CliException(
                $"The file holds {texts.Length} different texts; expected at least {MinToRepeat} to measure more than it holds, or equal " +
                "texts would meet in a shard.");
        }

        return Repeat();

        IEnumerable<string> Repeat()
        {
            for (var i = 0L; i < count; i++)
            {
                yield return texts[i % texts.Length];
            }
        }
    }
}
