using System.Diagnostics;
using System.Text;
using SimCse.Tokenization;
using SimCse.Tokenization.Mecab;
using SimCse.Tokenization.Tests.Mecab;

namespace SimCse.Benchmarks;

/// <summary>
/// Compares our segmentation with native MeCab's (<c>libmecab</c>, <c>-Owakati</c>) in one run, interleaved, with one thread each. Both
/// write the words as UTF-8 separated by blanks. Nothing else should run on the machine: <c>dotnet run -c Release --project
/// tests/SimCse.Benchmarks -- mecab DICTIONARY FILE…</c>, where a file is text (one sentence per line) or JSTS (.json).
/// </summary>
internal static class MecabBenchmark
{
    private const int Rounds = 7;
    private const int Megabyte = 1 << 20;

    public static int Run(string dictionaryFolder, IReadOnlyList<string> files)
    {
        var sentences = files.SelectMany(SentenceFile.Read).ToArray();
        var utf8 = sentences.Select(Encoding.UTF8.GetBytes).ToArray();
        using var native = new NativeMecab(dictionaryFolder, "-Owakati");
        using var dictionary = MecabDictionary.Open(dictionaryFolder);
        var lattice = new Lattice(dictionary);
        var output = new byte[1 << 22];

        double[] nativeSeconds = new double[Rounds], ourSeconds = new double[Rounds];
        long bytes = 0;
        for (var round = 0; round < Rounds; round++)
        {
            nativeSeconds[round] = Seconds(() => RunNative(native, utf8, output));
            var before = GC.GetAllocatedBytesForCurrentThread();
            ourSeconds[round] = Seconds(() => RunOurs(lattice, sentences, output));
            bytes = GC.GetAllocatedBytesForCurrentThread() - before;
        }

        var (best, nativeBest) = (ourSeconds.Min(), nativeSeconds.Min());
        Console.WriteLine(
            $"{sentences.Length:N0} sentences, {utf8.Sum(text => (long)text.Length):N0} bytes, {dictionaryFolder}; best of {Rounds} " +
            "rounds");
        Console.WriteLine($"native mecab    {sentences.Length / nativeBest,12:N0} sentences/s");
        Console.WriteLine(
            $"SimCse          {sentences.Length / best,12:N0} sentences/s   {nativeBest / best:0.00} × native   " +
            $"{(double)bytes / sentences.Length:0.0} B allocated a sentence");
        Console.WriteLine();
        PrintScaling(lattice, "these sentences", string.Concat(sentences.Take(60_000)));
        PrintScaling(lattice, "one letter", new string('q', Megabyte));
        PrintScaling(lattice, "one kana", new string('も', Megabyte));
        PrintScaling(lattice, "one emoji", string.Concat(Enumerable.Repeat("😀", Megabyte / 2)));
        return 0;
    }

    /// <summary>Shows whether a text of a megabyte costs more per character than a short one, which it must not.</summary>
    private static void PrintScaling(Lattice lattice, string name, string text)
    {
        var output = new byte[1 << 22];
        var (small, large) = (double.MaxValue, double.MaxValue);
        var kilobytes = Enumerable.Range(0, 256).Select(i => text.Substring(i * 1024, 1024)).ToArray();
        var megabyte = text[..Math.Min(text.Length, Megabyte)];
        for (var round = 0; round < Rounds; round++)
        {
            small = Math.Min(small, Seconds(() => RunOurs(lattice, kilobytes, output)) / (256 * 1024));
            large = Math.Min(large, Seconds(() => RunOurs(lattice, [megabyte], output)) / megabyte.Length);
        }

        Console.WriteLine(
            $"{name,-16} {small * 1e9,6:0} ns a character at 1 Ki characters, {large * 1e9,6:0} ns at {megabyte.Length / 1024:N0} Ki   " +
            $"{large / small:0.00} ×");
    }

    private static double Seconds(Action work)
    {
        var watch = Stopwatch.StartNew();
        work();
        return watch.Elapsed.TotalSeconds;
    }

    private static void RunNative(NativeMecab native, byte[][] sentences, byte[] output)
    {
        var count = 0;
        foreach (var sentence in sentences)
        {
            var words = native.Format(sentence);
            count = count + words.Length > output.Length ? 0 : count;
            words.CopyTo(output.AsSpan(count));
            count += words.Length;
        }
    }

    private static void RunOurs(Lattice lattice, string[] sentences, byte[] output)
    {
        var sink = new Utf8Writer(output);
        foreach (var sentence in sentences)
        {
            lattice.Segment(sentence, ref sink);
            sink.EndLine();
        }
    }

    private struct Utf8Writer(byte[] output) : IWordSink
    {
        private int _count;

        public bool Add(scoped ReadOnlySpan<char> word)
        {
            _count = _count + (3 * word.Length) + 2 > output.Length ? 0 : _count;
            _count += Encoding.UTF8.GetBytes(word, output.AsSpan(_count));
            output[_count++] = (byte)' ';
            return true;
        }

        public void EndLine() => output[_count++] = (byte)'\n';
    }
}
