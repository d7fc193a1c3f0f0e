using System.Diagnostics;
using SimCse.Tokenization;
using SimCse.Tokenization.Mecab;
using SimCse.Tokenization.Tests.Mecab;

namespace SimCse.Benchmarks;

/// <summary>
/// Compares our words with native MeCab's on many texts: those of the files, hostile ones from fixed seeds, and beginnings of one of the
/// files' texts before ends of another. <c>mecab-words DICTIONARY COUNT FILE…</c>
/// </summary>
internal static class MecabWords
{
    public static int Run(string dictionaryFolder, int count, IReadOnlyList<string> files)
    {
        var sentences = files.SelectMany(SentenceFile.Read).ToArray();
        using var native = new NativeMecab(dictionaryFolder);
        using var dictionary = MecabDictionary.Open(dictionaryFolder);
        var lattice = new Lattice(dictionary);
        var (watch, words, hostile) = (Stopwatch.StartNew(), 0L, count / 4);
        var texts = sentences.Concat(HostileText.Create(seed: 7, hostile)).Concat(Spliced(sentences)).Take(count);
        foreach (var text in texts)
        {
            var sink = new WordSink([]);
            lattice.Segment(PythonText.ReplaceLoneSurrogates(text), ref sink);
            if (native.Segment(text) is not { } expected || !expected.SequenceEqual(sink.Words))
            {
                Console.WriteLine($"differs: {System.Text.Json.JsonSerializer.Serialize(text)}");
                return 1;
            }

            words += sink.Words.Count;
        }

        Console.WriteLine(
            $"{count:N0} texts ({sentences.Length:N0} of the files, {hostile:N0} hostile, the others spliced), {words:N0} words, " +
            $"{dictionaryFolder}: all as native mecab's; {watch.Elapsed.TotalSeconds:0} s");
        return 0;
    }

    private static IEnumerable<string> Spliced(string[] sentences)
    {
        var random = new Random(11);
        while (true)
        {
            var (first, second) = (sentences[random.Next(sentences.Length)], sentences[random.Next(sentences.Length)]);
            yield return first[..random.Next(first.Length + 1)] + second[random.Next(second.Length + 1)..];
        }
    }

    private readonly struct WordSink(List<string> words) : IWordSink
    {
        public List<string> Words => words;

        public bool Add(scoped ReadOnlySpan<char> word)
        {
            words.Add(word.ToString());
            return true;
        }
    }
}
