using SimCse.Tokenization.Mecab;

namespace SimCse.Tokenization;

/// <summary>Finds the folder of the dictionary that a model names.</summary>
public static class MecabDictionaryFolder
{
    /// <summary>The environment variable that names a dictionary's folder for every model.</summary>
    public const string EnvironmentVariable = "SIMCSE_MECAB_DICTIONARY";

    /// <summary>The folder that <see cref="EnvironmentVariable"/> names, if it is set.</summary>
    internal static string? FromEnvironment => Environment.GetEnvironmentVariable(EnvironmentVariable);

    /// <summary>The folder inside a bundle or model folder that holds its dictionary.</summary>
    public const string BundleSubfolder = "dictionary";

    private const string Named = "named by the model";

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
    /// What transformers takes where a model names no dictionary: the first before 4.45, the second since. A model that names none was
    /// made with one of them.
    /// </summary>
    public static IReadOnlyList<string> Defaults { get; } = ["ipadic", "unidic_lite"];

    /// <summary>The folder of a dictionary of <see cref="KnownNames"/>: in its usual places, else in the download cache.</summary>
    /// <returns>The folder; <see langword="null"/> when the dictionary is in none of them.</returns>
    public static string? TryFind(string name) => Array.Find(PlacesOf(name), Holds);

    /// <summary>Whether a dictionary of <see cref="KnownNames"/> is in one of its usual places.</summary>
    public static bool IsInstalled(string name) => Array.Exists(UsualPlaces[name], Holds);

    /// <summary>Where a dictionary of <see cref="KnownNames"/> is looked for, and how to get it; for messages.</summary>
    public static string HowToGet(string name) => $"{name} is in none of {string.Join(", ", PlacesOf(name))}; " + name switch
    {
        "ipadic" => "install mecab-ipadic-utf8 (Debian, Ubuntu), or put the folder dicdir of PyPI's ipadic 1.0.0 into the last one.",
        "unidic_lite" => "put the folder dicdir of PyPI's unidic-lite 1.0.8 into the last one; 'simcse model pull' does so by itself.",
        _ => "put its files into the last one, or give their folder.",
    };

    /// <summary>
    /// The dictionary of a model, the first of these: <paramref name="given"/>; that of <paramref name="fetched"/> with the name that the
    /// model gives; the environment variable; <c>dictionary</c> in the model's folder; the model's own <c>-d</c>; the usual places of the
    /// named dictionary; the download cache. What is given by hand must exist.
    /// </summary>
    /// <param name="modelFolder">The folder of <c>tokenizer_config.json</c>.</param>
    /// <param name="given">The folder that the user has given, or <see langword="null"/>.</param>
    /// <param name="fetched">The folders of dictionaries that were fetched for this model, by name.</param>
    /// <param name="decide">Decides for a model that names no dictionary, where nobody has given one.</param>
    /// <returns>The choice; <see langword="null"/> where the model does without MeCab.</returns>
    /// <exception cref="DirectoryNotFoundException">A folder that was given does not hold a dictionary, or none was found.</exception>
    public static MecabDictionaryChoice? Choose(
        string modelFolder, string? given, IReadOnlyDictionary<string, string>? fetched, Func<MecabDictionaryChoice> decide)
    {
        ArgumentException.ThrowIfNullOrEmpty(modelFolder);
        ArgumentNullException.ThrowIfNull(decide);
        return TokenizerConfiguration.Load(modelFolder).Mecab is { } settings
            ? Find(modelFolder, settings, given, fetched, FromEnvironment, decide)
            : null;
    }

    /// <exception cref="NotSupportedException">The model names no dictionary, and nobody has given one.</exception>
    internal static string Find(string modelFolder, MecabSettings settings, string? given, string? fromEnvironment) =>
        Find(modelFolder, settings, given, fetched: null, fromEnvironment, () => throw new NotSupportedException(
            $"{modelFolder}: tokenizer_config.json names no dictionary (mecab_dic in mecab_kwargs). transformers took ipadic before 4.45 " +
            "and takes unidic_lite since, and the wrong one gives wrong vectors. Name the folder of the right one " +
            $"(DictionaryFolder, or {EnvironmentVariable}); 'simcse model import' can tell them apart by the vocabulary.")).Folder;

    private static MecabDictionaryChoice Find(
        string modelFolder, MecabSettings settings, string? given, IReadOnlyDictionary<string, string>? fetched,
        string? fromEnvironment, Func<MecabDictionaryChoice> decide)
    {
        var name = settings.Dictionary;
        if (given is not null)
        {
            return ByHand(given, "The option DictionaryFolder", "given", name);
        }

        if (name is not null && fetched?.GetValueOrDefault(name) is { } folder)
        {
            return new MecabDictionaryChoice(folder, name, Named);
        }

        if (fromEnvironment is { Length: > 0 })
        {
            return ByHand(fromEnvironment, $"The variable {EnvironmentVariable}", $"given by {EnvironmentVariable}", name);
        }

        var own = Path.Combine(modelFolder, BundleSubfolder);
        if (Holds(own))
        {
            return new MecabDictionaryChoice(own, name, "in the model's folder");
        }

        if (settings.OptionFolder is { } option && Holds(option))
        {
            return new MecabDictionaryChoice(option, name, "mecab_option of the model");
        }

        if (name is null)
        {
            return settings.OptionFolder is null ? decide() : throw new DirectoryNotFoundException(
                $"{modelFolder} is tokenized with MeCab and the dictionary of its mecab_option, '{settings.OptionFolder}', which holds " +
                $"none (no sys.dic there). Name the folder of this dictionary with {EnvironmentVariable} or --dictionary.");
        }

        return TryFind(name) is { } found ? new MecabDictionaryChoice(found, name, Named) : throw new DirectoryNotFoundException(
            $"{modelFolder} is tokenized with MeCab and a dictionary that was not found: {HowToGet(name)} Or name its folder with " +
            $"{EnvironmentVariable} or --dictionary.");
    }

    private static MecabDictionaryChoice ByHand(string folder, string who, string from, string? modelsName)
    {
        if (!Holds(folder))
        {
            throw new DirectoryNotFoundException($"{who} names '{folder}', which holds no compiled MeCab dictionary (no sys.dic there).");
        }

        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        var name = KnownNames.FirstOrDefault(name => PlacesOf(name).Contains(full));
        var differs = name is not null && modelsName is not null && name != modelsName;
        return new MecabDictionaryChoice(folder, name, differs ? $"{from}, although the model names {modelsName}" : from);
    }

    private static string[] PlacesOf(string name) => [.. UsualPlaces[name], CacheFolder(name)];

    private static bool Holds(string folder) => File.Exists(Path.Combine(folder, "sys.dic"));
}
