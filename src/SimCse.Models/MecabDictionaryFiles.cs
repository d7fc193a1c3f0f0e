using SimCse.Tokenization;

namespace SimCse.Models;

/// <summary>The files of a compiled MeCab dictionary, as far as a bundle carries them.</summary>
internal static class MecabDictionaryFiles
{
    /// <summary>Settings and documents. Cutting words does not need them, but a dictionary should not travel without its licence.</summary>
    private static readonly string[] Companions = ["dicrc", "version", "COPYING", "LICENSE", "LICENSE.unidic", "README", "README.md"];

    public static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in MecabDictionaryFolder.Files)
        {
            File.Copy(Path.Combine(from, file), Path.Combine(to, file));
        }

        foreach (var file in Companions.Where(file => File.Exists(Path.Combine(from, file))))
        {
            File.Copy(Path.Combine(from, file), Path.Combine(to, file));
        }
    }
}
