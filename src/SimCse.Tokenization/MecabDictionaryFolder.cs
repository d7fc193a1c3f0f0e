using SimCse.Tokenization.Mecab;

namespace SimCse.Tokenization;

/// <summary>Finds the folder of the dictionary that a model names.</summary>
public static class MecabDictionaryFolder
{
    /// <summary>The environment variable that names a dictionary's folder for every model.</summary>
    public const string EnvironmentVariable = "SIMCSE_MECAB_DICTIONARY";

    /// <summary>The folder inside a bundle or model folder that holds its dictionary.</summary>
    public const string BundleSubfolder = "dictionary";

    private static readonly Dictionary<string, string[]> UsualPlaces = new(StringComparer.Ordinal)
    {
        ["ipadic"] =
        [
            "/var/lib/mecab/dic/ipadic-utf8", "/usr/local/lib/mecab/dic/ipadic", "/usr/lib/x86_64-linux-gnu/mecab/dic/ipadic",
            "/opt/homebrew/lib/mecab/dic/ipadic",
        ],
        ["unidic"] = ["/var/lib/mecab/dic/unidic", "/usr/local/lib/mecab/dic/unidic", "/opt/homebrew/lib/mecab/dic/unidic"],
        ["unidic_lite"] = ["/var/lib/mecab/dic/unidic-lite", "/usr/local/lib/mecab/dic/unidic-lite"],
    };

    /// <summary>The files of a dictionary that are read; nothing else in its folder changes an id.</summary>
    public static IReadOnlyList<string> Files => MecabDictionary.Files;

    /// <summary>The names that Hugging Face's <c>mecab_kwargs.mecab_dic</c> may have.</summary>
    public static IReadOnlyCollection<string> KnownNames => UsualPlaces.Keys;

    /// <summary>The environment variable that names a folder for everything that is kept for a user, dictionaries too.</summary>
    public const string HomeVariable = "SIMCSE_HOME";

    /// <summary>
    /// Where a downloaded dictionary is kept: <c>dictionaries/NAME</c> in the folder that <see cref="HomeVariable"/> names, else below
    /// <c>simcse</c> in the user's cache folder (<c>XDG_CACHE_HOME</c>, else <c>~/.cache</c>, or the local application data on Windows).
    /// </summary>
    public static string CacheFolder(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (Environment.GetEnvironmentVariable(HomeVariable) is { Length: > 0 } home)
        {
            return Path.Combine(Path.GetFullPath(home), "dictionaries", name);
        }

        var cache = Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } xdg ? xdg
            : OperatingSystem.IsWindows() ? Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData)
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
        return Path.Combine(cache, "simcse", "dictionaries", name);
    }

    /// <summary>
    /// The first of these: <paramref name="given"/>; the environment variable; <c>dictionary</c> in the model's folder; the model's own
    /// <c>-d</c>; the usual places of the named dictionary; the download cache. What is given by name or by hand must exist.
    /// </summary>
    /// <exception cref="DirectoryNotFoundException">A folder that was named does not hold a dictionary, or none was found.</exception>
    /// <exception cref="NotSupportedException">The model names no dictionary, and nobody has given one.</exception>
    internal static string Find(string modelFolder, MecabSettings settings, string? given, string? fromEnvironment)
    {
        var name = settings.Dictionary;
        var byHand = given is not null ? (Folder: given, From: "The option DictionaryFolder")
            : fromEnvironment is { Length: > 0 } ? (Folder: fromEnvironment, From: $"The variable {EnvironmentVariable}")
            : default;
        if (byHand.Folder is not null)
        {
            return Holds(byHand.Folder)
                ? byHand.Folder
                : throw new DirectoryNotFoundException(
                    $"{byHand.From} names '{byHand.Folder}', which holds no compiled MeCab dictionary (no sys.dic there).");
        }

        string[] places =
        [
            Path.Combine(modelFolder, BundleSubfolder),
            .. settings.OptionFolder is null ? [] : (string[])[settings.OptionFolder],
            .. name is null ? [] : UsualPlaces[name],
            .. name is null ? [] : (string[])[CacheFolder(name)],
        ];
        var found = Array.Find(places, Holds);
        if (found is null && name is null && settings.OptionFolder is null)
        {
            throw new NotSupportedException(
                $"{modelFolder}: tokenizer_config.json names no dictionary (mecab_dic in mecab_kwargs). transformers took ipadic before " +
                "4.45 and takes unidic_lite since, and the wrong one gives wrong vectors. Give the one that the model was made with, by " +
                "--dictionary DIR: models on bert-base-japanese v1 have ipadic, those on v2 and v3 unidic_lite.");
        }

        return found ?? throw new DirectoryNotFoundException(
            $"{modelFolder} is tokenized with MeCab and the dictionary {name ?? "of its mecab_option"}, which is in none of: " +
            $"{string.Join(", ", places)}. " +
            $"Name its folder with {EnvironmentVariable}" + (
                name == "ipadic" ? " or install mecab-ipadic-utf8." : " or fetch it with 'simcse model pull'."));
    }

    private static bool Holds(string folder) => File.Exists(Path.Combine(folder, "sys.dic"));
}
