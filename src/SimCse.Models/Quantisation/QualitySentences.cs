using System.Text;

namespace SimCse.Models.Quantisation;

/// <summary>The sentences that an import measures with, and their pairs.</summary>
internal static class QualitySentences
{
    private const string Resource = "SimCse.Models.sentences.txt";

    /// <summary>Distances in the file. Half of the neighbours paraphrase each other, so these pairs range from near to far.</summary>
    private static readonly int[] Distances = [1, 2, 3, 5];

    /// <summary>How many sentences are joined into one text, so that long sequences are measured too.</summary>
    private static readonly int[] Joined = [2, 4];

    /// <summary>All texts: the sentences, then runs of two and of four of them.</summary>
    public static IReadOnlyList<string> Texts()
    {
        var sentences = Sentences();
        var runs = Joined.SelectMany(count => sentences.Chunk(count).Where((_, i) => i % count == 0)).Select(run => string.Concat(run));
        return [.. sentences, .. runs];
    }

    /// <summary>Index pairs into <see cref="Texts"/>.</summary>
    public static IReadOnlyList<(int First, int Second)> Pairs()
    {
        var count = Sentences().Count;
        return [.. Distances.SelectMany(distance => Enumerable.Range(0, count - distance).Select(first => (first, first + distance)))];
    }

    private static List<string> Sentences()
    {
        using var stream = typeof(QualitySentences).Assembly.GetManifestResourceStream(Resource)
            ?? throw new InvalidOperationException($"The resource {Resource} is missing from the assembly.");
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
