using System.Globalization;
using SimCse.Tokenization;

namespace SimCse.Models;

/// <summary>
/// Finds out from a WordPiece vocabulary which dictionary a model was made with, where its files do not say. A vocabulary consists of the
/// words of its own dictionary, and of their beginnings, so that this dictionary cuts fewer of them apart than the other one does.
/// </summary>
/// <remarks>
/// Words of sentences do not tell: unidic_lite cuts shorter, and shorter words are more often pieces, whatever the vocabulary. Nor does the
/// figure of one dictionary alone: depending on how many beginnings of words a vocabulary holds, it lies at 99 % or at 90 % for the right
/// one. Only the difference tells. Words in katakana are left out: ipadic keeps any run of it together that it does not know, so that their
/// beginnings are whole there in every vocabulary.
/// </remarks>
internal static class VocabularyEvidence
{
    /// <summary>The least difference, as a share of the words: the right dictionary was ahead by 2 or more in all trials.</summary>
    private const double LeastDifference = 0.01;

    /// <summary>How far from chance the difference must be, in standard deviations of a fair coin.</summary>
    private const double LeastDeviations = 3;

    /// <summary>Below it, neither is the vocabulary's own: of arbitrary strings both leave one in six whole.</summary>
    private const double LeastShare = 0.5;

    /// <param name="modelFolder">The folder of the tokenizer's files, which name no dictionary.</param>
    /// <param name="fetched">Dictionaries that were fetched for this model, by name.</param>
    /// <exception cref="NotSupportedException">The vocabulary proves nothing, or a dictionary is not there to compare with.</exception>
    public static MecabDictionaryChoice Decide(string modelFolder, IReadOnlyDictionary<string, string>? fetched)
    {
        var (here, missing) = (new List<Candidate>(), new List<string>());
        foreach (var name in MecabDictionaryFolder.Defaults)
        {
            if ((fetched?.GetValueOrDefault(name) ?? MecabDictionaryFolder.TryFind(name)) is { } folder)
            {
                here.Add(Candidate.Measure(modelFolder, name, folder));
            }
            else
            {
                missing.Add(MecabDictionaryFolder.HowToGet(name));
            }
        }

        if (here.Any(candidate => candidate.Whole.Count == 0))
        {
            throw Undecided(modelFolder, "Its vocabulary cannot tell: it holds no piece of two or more characters that begins a word.");
        }

        if (here is not [var one, var other])
        {
            var figure = here is [var only] ? $"{only}, which proves nothing without the other one's figure. " : "";
            throw Undecided(modelFolder, $"{figure}Its vocabulary can tell once both are here: {string.Join(" ", missing)}");
        }

        var (best, second) = one.Share >= other.Share ? (one, other) : (other, one);
        return Proves(best, second)
            ? new MecabDictionaryChoice(best.Folder, best.Name, $"decided by the vocabulary: {Compare(best, second)}")
            : throw Undecided(modelFolder, $"Its vocabulary cannot tell: {Compare(best, second)}.");
    }

    private static bool Proves(Candidate best, Candidate second)
    {
        var onlyBest = best.Whole.Zip(second.Whole).Count(word => word is (true, false));
        var onlySecond = best.Whole.Zip(second.Whole).Count(word => word is (false, true));
        return best.Share >= LeastShare && best.Share - second.Share >= LeastDifference
            && onlyBest - onlySecond >= LeastDeviations * Math.Sqrt(onlyBest + onlySecond);
    }

    private static string Compare(Candidate best, Candidate second) => string.Create(
        CultureInfo.InvariantCulture,
        $"{100 * best.Share:0.0} % of its {best.Whole.Count:N0} words whole with {best.Name}, {100 * second.Share:0.0} % with " +
        $"{second.Name}");

    private static NotSupportedException Undecided(string modelFolder, string why) => new(
        $"{Path.Combine(modelFolder, "tokenizer_config.json")} names no dictionary (mecab_dic in mecab_kwargs). transformers took ipadic " +
        $"before 4.45 and takes unidic_lite since, and the wrong one gives wrong vectors. {why} Or give the one that the model was made " +
        "with, by --dictionary ipadic or --dictionary unidic_lite: models on bert-base-japanese v1 have ipadic, those on v2 and v3 " +
        "unidic_lite.");

    /// <param name="Name">The dictionary's name.</param>
    /// <param name="Folder">Its folder.</param>
    /// <param name="Whole">For each word of the vocabulary, whether the dictionary leaves it whole.</param>
    private sealed record Candidate(string Name, string Folder, IReadOnlyList<bool> Whole)
    {
        public double Share { get; } = (double)Whole.Count(whole => whole) / Math.Max(1, Whole.Count);

        /// <summary>Cuts as the model's tokenizer does, with its normalisation and case.</summary>
        public static Candidate Measure(string modelFolder, string name, string folder)
        {
            var tokenizer = SentenceTokenizer.Load(modelFolder, new SentenceTokenizerOptions { DictionaryFolder = folder });
            var words = Enumerable.Range(0, tokenizer.VocabularySize).Where(id => !tokenizer.IsSpecial(id)).Select(tokenizer.PieceOf)
                .Where(piece => piece.Length > 1 && !piece.StartsWith("##", StringComparison.Ordinal) && !IsPlaceholder(piece)
                    && piece.AsSpan().ContainsAnyExceptInRange('\u30A1', '\u30FE')); // katakana with its marks
            return new Candidate(name, folder, [.. words.Select(word => tokenizer.Tokenize(word).Words.Count == 1)]);
        }

        /// <summary>A piece such as <c>[unused0]</c>.</summary>
        private static bool IsPlaceholder(string piece) => piece is ['[', .., ']'];

        public override string ToString() => string.Create(
            CultureInfo.InvariantCulture, $"{Name} leaves {100 * Share:0.0} % of its {Whole.Count:N0} words whole");
    }
}
