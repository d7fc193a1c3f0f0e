using System.Globalization;
using System.Text;
using SimCse.Tokenization;

namespace SimCse.Models.Quantisation;

/// <summary>The sentences that an import calibrates and measures with: in the model's language, or the user's own.</summary>
/// <param name="Sentences">The sentences.</param>
/// <param name="Separator">What stands between two of them in one text.</param>
/// <param name="Source">Where they are from, in words.</param>
internal sealed record QualitySentences(IReadOnlyList<string> Sentences, string Separator, string Source)
{
    /// <summary>Half of them calibrate; fewer would say nothing.</summary>
    private const int Fewest = 40;

    /// <summary>More take time and change nothing.</summary>
    private const int Most = 1000;

    /// <summary>A vocabulary is not made for a language of which it has no piece for so many of the tokens.</summary>
    private const double MaxUnknown = 0.02;

    /// <summary>
    /// A vocabulary that was made for English has four characters a piece or more. A Japanese one may know every English text too, from
    /// letters and syllables.
    /// </summary>
    private const double MinEnglishPiece = 3;

    public static QualitySentences Japanese { get; } = new(BuiltIn("sentences.txt"), "", "built-in Japanese sentences");

    public static QualitySentences English { get; } = new(BuiltIn("english.txt"), " ", "built-in English sentences");

    public static QualitySentences Mixed { get; } = new(
        [.. Couples(Japanese).Zip(Couples(English), (a, b) => a.Concat(b)).SelectMany(both => both)], " ",
        "built-in Japanese and English sentences");

    /// <summary>Chooses by what the vocabulary was made for.</summary>
    public static QualitySentences For(SentenceTokenizer tokenizer)
    {
        var (japanese, english) = (Share(tokenizer, Japanese), Share(tokenizer, English));
        var speaksJapanese = japanese.Unknown <= MaxUnknown;
        var speaksEnglish = english.Unknown <= MaxUnknown && english.Characters >= MinEnglishPiece;
        return (speaksJapanese, speaksEnglish) switch
        {
            (true, true) => Mixed,
            (true, false) => Japanese,
            (false, true) => English,
            _ => english.Unknown < japanese.Unknown ? English : Japanese,
        };
    }

    /// <summary>Reads one's own texts, one a line, evenly spread over the file if there are many.</summary>
    /// <exception cref="InvalidDataException">There are too few.</exception>
    public static QualitySentences FromFile(string path)
    {
        var lines = File.ReadLines(path, Encoding.UTF8).Where(line => !string.IsNullOrWhiteSpace(line)).ToArray();
        if (lines.Length < Fewest)
        {
            throw new InvalidDataException(
                $"{path} has {lines.Length} lines with text; expected {Fewest} or more, one text a line, such as the model will read. " +
                "Half of them calibrate, the others measure.");
        }

        var count = Math.Min(lines.Length, Most);
        return new QualitySentences(
            [.. Enumerable.Range(0, count).Select(i => lines[(int)((long)i * lines.Length / count)])], " ",
            string.Create(CultureInfo.InvariantCulture, $"{Path.GetFileName(path)}, {count} texts"));
    }

    private static (double Unknown, double Characters) Share(SentenceTokenizer tokenizer, QualitySentences sentences)
    {
        var ids = new int[tokenizer.MaxSequenceLength];
        var (pieces, unknown, characters) = (0, 0, 0);
        foreach (var sentence in sentences.Sentences)
        {
            var found = ids.AsSpan(0, tokenizer.Encode(sentence, ids, out var truncated));
            pieces += found.Length - 2; // [CLS] and [SEP]
            unknown += found.Count(tokenizer.UnknownId);
            characters += truncated ? 0 : sentence.Count(character => !char.IsWhiteSpace(character));
        }

        return ((double)unknown / Math.Max(1, pieces), (double)characters / Math.Max(1, pieces));
    }

    private static IEnumerable<string[]> Couples(QualitySentences sentences) => sentences.Sentences.Chunk(2);

    private static List<string> BuiltIn(string name)
    {
        var resource = $"SimCse.Models.{name}";
        using var stream = typeof(QualitySentences).Assembly.GetManifestResourceStream(resource)
            ?? throw new InvalidOperationException($"The resource {resource} is missing from the assembly.");
        using var reader = new StreamReader(stream, Encoding.UTF8);
        var sentences = new List<string>();
        while (reader.ReadLine() is { } line)
        {
            if (line.Length > 0)
            {
                sentences.Add(line);
            }
        }

        return sentences;
    }
}
