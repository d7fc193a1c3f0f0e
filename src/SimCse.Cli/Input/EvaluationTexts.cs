using SimCse.Models.Evaluation;

namespace SimCse.Cli.Input;

/// <summary>The different texts of some files, and the pairs among them if the files contain sentence pairs.</summary>
internal sealed class EvaluationTexts
{
    private readonly Dictionary<string, int> _indices = new(StringComparer.Ordinal);
    private readonly List<string> _texts = [];
    private readonly List<(int First, int Second)> _pairs = [];

    public IReadOnlyList<string> Texts => _texts;

    /// <summary>Each pair as two indices into <see cref="Texts"/>.</summary>
    public IReadOnlyList<(int First, int Second)> Pairs => _pairs;

    /// <param name="files">Sources (<c>.txt</c>, <c>.jsonl</c>) and files of sentence pairs (<c>.json</c>, <c>.tsv</c>).</param>
    /// <param name="limit">The most texts or pairs to take from one file; they are spread evenly over the file.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public static async Task<EvaluationTexts> ReadAsync(IReadOnlyList<string> files, int limit, CancellationToken cancellationToken)
    {
        var texts = new EvaluationTexts();
        foreach (var file in files)
        {
            if (DistinctSentences.HoldsPairs(file))
            {
                texts.AddPairs(DistinctSentences.ReadPairs(file), limit);
                continue;
            }

            foreach (var text in Spread(await DistinctSentences.ReadAsync(file, cancellationToken), limit))
            {
                texts.Index(text);
            }
        }

        return texts;
    }

    private void AddPairs(IReadOnlyList<StsPair> pairs, int limit)
    {
        foreach (var pair in Spread(pairs, limit))
        {
            _pairs.Add((Index(pair.Sentence1), Index(pair.Sentence2)));
        }
    }

    private int Index(string text)
    {
        if (!_indices.TryGetValue(text, out var index))
        {
            _indices.Add(text, index = _texts.Count);
            _texts.Add(text);
        }

        return index;
    }

    private static IEnumerable<T> Spread<T>(IReadOnlyList<T> items, int limit) => items.Count <= limit
        ? items
        : Enumerable.Range(0, limit).Select(i => items[(int)((long)i * items.Count / limit)]);
}
