using SimCse.Inference;

namespace SimCse.Models.Evaluation;

/// <summary>Measures what a precision costs on given texts, with the figures that an import measures on its own texts. Stateless.</summary>
public static class PrecisionEvaluator
{
    /// <param name="exact">The vectors to compare with.</param>
    /// <param name="rough">The vectors to judge, of the same texts.</param>
    /// <param name="pairs">Index pairs of texts; may be empty.</param>
    /// <exception cref="ArgumentException">There are no texts, or the vectors differ in number or dimension.</exception>
    public static PrecisionReport Compare(EncodedTexts exact, EncodedTexts rough, IReadOnlyList<(int First, int Second)> pairs)
    {
        ArgumentNullException.ThrowIfNull(exact);
        ArgumentNullException.ThrowIfNull(rough);
        ArgumentNullException.ThrowIfNull(pairs);
        if (exact.Count == 0 || exact.Count != rough.Count || exact.Dimension != rough.Dimension)
        {
            throw new ArgumentException(
                $"{exact.Count} vectors of {exact.Dimension} components and {rough.Count} of {rough.Dimension}; expected as many and as " +
                "wide ones, and one at least.");
        }

        var cosines = Enumerable.Range(0, exact.Count).Select(i => QualityMeasure.Cosine(exact[i].Span, rough[i].Span)).ToArray();
        var sorted = cosines.Order().ToArray();
        return new PrecisionReport(
            exact.Count, pairs.Count, QualityMeasure.FirstPercentile(sorted), sorted[sorted.Length / 2], sorted[0],
            Array.IndexOf(cosines, sorted[0]),
            Correlation.Spearman(Similarities(exact, pairs), Similarities(rough, pairs)));
    }

    /// <exception cref="InvalidDataException">The bundles differ in dimension, sequence length, vocabulary or dictionary.</exception>
    public static void CheckSameModel(Bundle exact, Bundle rough)
    {
        ArgumentNullException.ThrowIfNull(exact);
        ArgumentNullException.ThrowIfNull(rough);
        if (rough.Model.Dimension != exact.Model.Dimension || rough.Model.MaxSequenceLength != exact.Model.MaxSequenceLength)
        {
            throw new InvalidDataException(
                $"{rough.Folder} has vectors of {rough.Model.Dimension} components and reads {rough.Model.MaxSequenceLength} tokens, " +
                $"{exact.Folder} {exact.Model.Dimension} and {exact.Model.MaxSequenceLength}; expected two bundles of one model.");
        }

        var (expected, found) = (TokenizerFiles(exact), TokenizerFiles(rough));
        if (expected.Keys.Union(found.Keys).Order(StringComparer.Ordinal).FirstOrDefault(
            name => expected.GetValueOrDefault(name) != found.GetValueOrDefault(name)) is { } file)
        {
            throw new InvalidDataException(
                $"{file} is not the same in {rough.Folder} and {exact.Folder}; expected two bundles of one model.");
        }
    }

    private static double[] Similarities(EncodedTexts vectors, IReadOnlyList<(int First, int Second)> pairs) =>
        [.. pairs.Select(pair => QualityMeasure.Cosine(vectors[pair.First].Span, vectors[pair.Second].Span))];

    /// <summary>The hashes of all files that the fingerprint covers, except the graph and its weights.</summary>
    private static Dictionary<string, string> TokenizerFiles(Bundle bundle) => bundle.Manifest.Files
        .Where(file => bundle.Manifest.IsCovered(file.Key) && !file.Key.StartsWith(bundle.Manifest.Graph, StringComparison.Ordinal))
        .ToDictionary(file => file.Key, file => file.Value.Sha256);
}
