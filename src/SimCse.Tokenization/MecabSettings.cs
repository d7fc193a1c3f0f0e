using System.Text;

namespace SimCse.Tokenization;

/// <summary>What <c>mecab_kwargs</c> says.</summary>
/// <param name="Dictionary">
/// <c>mecab_dic</c>: one of <see cref="MecabDictionaryFolder.KnownNames"/>; null when it is missing, because transformers' default has
/// changed, or null there.
/// </param>
/// <param name="OptionFolder">The folder of <c>-d</c> in <c>mecab_option</c>, which goes before the name.</param>
/// <param name="Normalizes"><c>normalize_text</c>: whether NFKC goes before MeCab.</param>
internal sealed record MecabSettings(string? Dictionary, string? OptionFolder, bool Normalizes)
{
    /// <summary>What changes no surface.</summary>
    private static readonly string[] Harmless = ["--rcfile=", "-O", "--output-format-type="];

    /// <exception cref="NotSupportedException">A dictionary or an option that this project does not know; it is named.</exception>
    public static MecabSettings Read(string path, MecabKwargsFile file)
    {
        if (file.Others is { Count: > 0 })
        {
            throw new NotSupportedException(
                $"{path}: mecab_kwargs.{file.Others.Keys.First()} is not supported; expected mecab_dic, mecab_option, normalize_text.");
        }

        if (file.MecabDic is not null && !MecabDictionaryFolder.KnownNames.Contains(file.MecabDic))
        {
            throw new NotSupportedException(
                $"{path}: mecab_dic '{file.MecabDic}' is not supported; expected {string.Join(" or ", MecabDictionaryFolder.KnownNames)}.");
        }

        return new MecabSettings(file.MecabDic, OptionFolderIn(path, file.MecabOption ?? ""), file.NormalizeText);
    }

    private static string? OptionFolderIn(string path, string option)
    {
        string? folder = null;
        var words = SplitShell(option);
        for (var i = 0; i < words.Count; i++)
        {
            var word = words[i];
            if (word is "-d" or "--dicdir" or "-r" or "--rcfile" or "-O" or "--output-format-type" && i + 1 < words.Count)
            {
                i++; // neither an rc file nor a format changes a surface
                folder = word is "-d" or "--dicdir" ? words[i] : folder;
            }
            else if (word.StartsWith("--dicdir=", StringComparison.Ordinal))
            {
                folder = word["--dicdir=".Length..];
            }
            else if (word.StartsWith("-d", StringComparison.Ordinal) && word.Length > 2)
            {
                folder = word[2..];
            }
            else if (!Array.Exists(Harmless, start => word.StartsWith(start, StringComparison.Ordinal)))
            {
                throw new NotSupportedException(
                    $"{path}: mecab_option '{word}' is not supported; expected -d FOLDER, -r FILE or -O FORMAT.");
            }
        }

        return folder;
    }

    /// <summary>Words as a shell sees them: white space separates, quotes hold together.</summary>
    private static List<string> SplitShell(string text)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        var (inWord, quote) = (false, '\0');
        foreach (var c in text)
        {
            if (quote != '\0')
            {
                quote = c == quote ? '\0' : quote;
                word.Append(quote == '\0' ? "" : c.ToString());
            }
            else if (c is '"' or '\'')
            {
                (quote, inWord) = (c, true);
            }
            else if (char.IsWhiteSpace(c))
            {
                Close();
            }
            else
            {
                word.Append(c);
                inWord = true;
            }
        }

        Close();
        return words;

        void Close()
        {
            if (inWord)
            {
                words.Add(word.ToString());
            }

            word.Clear();
            inWord = false;
        }
    }
}
