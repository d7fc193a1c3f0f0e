using SimCse.Cli.CommandLine;
using SimCse.Models.Evaluation;

namespace SimCse.Cli.Input;

/// <summary>Reads different sentences to measure with, from a source or from a file of sentence pairs.</summary>
internal static class DistinctSentences
{
    /// <summary>Equal texts of one shard are encoded once, so a file that is measured repeatedly must be longer than a shard.</summary>
    public const int MinToRepeat = 4_096;

    /// <summary>
    /// The different sentences of a source (<c>.txt</c>, <c>.jsonl</c>) or a file of sentence pairs (<c>.json</c>, <c>.tsv</c>), in order.
    /// </summary>
    public static async Task<string[]> ReadAsync(string file, CancellationToken cancellationToken)
    {
        if (HoldsPairs(file))
        {
            return Distinct(ReadPairs(file).SelectMany(pair => new[] { pair.Sentence1, pair.Sentence2 }));
        }

        await using var input = await TextInput.OpenAsync(file, SourceKind.Txt, cancellationToken);
        var texts = new List<string>();
        await foreach (var record in input.Source.ReadAsync(cancellationToken))
        {
            if (record.Text is { } text && !text.AsSpan().ContainsAny('\r', '\n'))
            {
                texts.Add(text);
            }
        }

        return Distinct(texts);
    }

    /// <summary>Whether a file's name shows that it holds sentence pairs and is not a source.</summary>
    public static bool HoldsPairs(string file) => Path.GetExtension(file) is ".json" or ".tsv";

    /// <exception cref="CliException">There is no such file.</exception>
    public static IReadOnlyList<StsPair> ReadPairs(string file) => File.Exists(file)
        ? StsFile.Read(file)
        : throw new CliException($"There is no file '{file}'; expected sentence pairs.");

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

    private static string[] Distinct(IEnumerable<string> texts) =>
        [.. texts.Where(text => !string.IsNullOrWhiteSpace(text)).Distinct(StringComparer.Ordinal)];
}
