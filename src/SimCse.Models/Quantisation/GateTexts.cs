namespace SimCse.Models.Quantisation;

/// <summary>The texts, as ids, that an import calibrates with and those that it measures with. No sentence is in both.</summary>
/// <param name="Calibrating">They give the ranges of the activations.</param>
/// <param name="Measured">They give the quality.</param>
/// <param name="Pairs">Index pairs of <paramref name="Measured"/> whose similarities are compared.</param>
/// <param name="Source">Where the sentences are from, in words.</param>
internal sealed record GateTexts(
    IReadOnlyList<int[]> Calibrating, IReadOnlyList<int[]> Measured, IReadOnlyList<(int First, int Second)> Pairs, string Source)
{
    /// <summary>
    /// Every other couple of neighbours calibrates. In the built-in English sentences the odd texts (a word, chat, code) stand there: they
    /// show how far values may go, and say little about the vectors of sentences.
    /// </summary>
    private const int CalibratingShare = 2;

    /// <summary>Distances in the list. Half of the neighbours paraphrase each other, so these pairs range from near to far.</summary>
    private static readonly int[] Distances = [1, 2, 3, 5];

    /// <summary>How many sentences are joined into one text, so that long sequences are measured too.</summary>
    private static readonly int[] Joined = [2, 4];

    private const int Window = 3;

    /// <param name="sentences">The sentences, at least eight.</param>
    /// <param name="ids">Makes ids of a text.</param>
    public static GateTexts Create(QualitySentences sentences, Func<string, int[]> ids)
    {
        var byUse = sentences.Sentences.Select((sentence, i) => (sentence, i))
            .ToLookup(item => item.i / 2 % CalibratingShare == CalibratingShare - 1, item => item.sentence);
        string[] calibrating = [.. byUse[true]], measured = [.. byUse[false]];
        // Nothing at all, which is far from any sentence, and as much as the model reads, so that every position is seen.
        string[] extremes = ["", string.Join(sentences.Separator, calibrating)];
        return new GateTexts(
            [.. calibrating.Concat(Windows(calibrating)).Concat(extremes).Select(ids)],
            [.. measured.Concat(Runs(measured)).Select(ids)],
            [
                .. Distances.SelectMany(
                    distance => Enumerable.Range(0, Math.Max(0, measured.Length - distance)).Select(first => (first, first + distance))),
            ],
            sentences.Source);

        // Each sentence in three surroundings: how values vary together takes many tokens to see.
        IEnumerable<string> Windows(string[] texts) => Enumerable.Range(0, Math.Max(0, texts.Length - Window + 1))
            .Select(start => string.Join(sentences.Separator, texts[start..(start + Window)]));

        IEnumerable<string> Runs(string[] texts) => Joined.SelectMany(
            count => texts.Chunk(count).Where((_, i) => i % count == 0)).Select(run => string.Join(sentences.Separator, run));
    }
}
