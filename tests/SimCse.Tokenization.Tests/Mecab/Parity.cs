using System.Globalization;
using SimCse.Tokenization.Mecab;

namespace SimCse.Tokenization.Tests.Mecab;

/// <summary>Compares segmentations.</summary>
internal static class Parity
{
    /// <summary>The oracle. Skips the running test, with the reason, where the library is not installed.</summary>
    public static NativeMecab RequireNative(string dictionary)
    {
        Assert.SkipUnless(NativeMecab.IsInstalled, "Needs libmecab.so.2 (Debian: libmecab2), the oracle, which .ci/run installs.");
        return new NativeMecab(dictionary);
    }

    /// <summary>Fails with the first text that native MeCab cuts otherwise.</summary>
    public static void RequireSame(NativeMecab native, Lattice lattice, IEnumerable<string> texts)
    {
        var count = 0;
        foreach (var text in texts)
        {
            count++;
            RequireSame(text, native.Segment(text), WordList.Of(lattice, PythonText.ReplaceLoneSurrogates(text)));
        }

        Assert.NotEqual(0, count);
    }

    public static void RequireSame(string text, List<string>? expected, List<string> found)
    {
        Assert.NotNull(expected); // null: MeCab gave the text up
        if (!expected.SequenceEqual(found))
        {
            var at = expected.Zip(found).TakeWhile(pair => pair.First == pair.Second).Count();
            Assert.Fail(
                $"From word {at}: expected {Show(expected.Skip(at))} (of {expected.Count}), found {Show(found.Skip(at))} (of " +
                $"{found.Count}), in {Show([text])} of {text.Length} units");
        }
    }

    /// <summary>Characters that a terminal would swallow as escapes.</summary>
    private static string Show(IEnumerable<string> words) => string.Concat(string.Join('|', words.Take(12)).Take(300).Select(
        c => c is < ' ' or > '\uD7FF' ? string.Create(CultureInfo.InvariantCulture, $"\\u{(int)c:X4}") : c.ToString()));
}
