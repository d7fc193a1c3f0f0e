using SimCse.Cli.CommandLine;
using SimCse.Jobs.Sources;
using SimCse.Models.Evaluation;

namespace SimCse.Cli.Input;

/// <summary>Reads different sentences to measure with, from a source or from a file of sentence pairs.</summary>
internal static class DistinctSentences
{
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

    private static string[] Distinct(IEnumerable<string> texts) =>
        [.. texts.Where(text => !string.IsNullOrWhiteSpace(text)).Distinct(StringComparer.Ordinal)];
}
