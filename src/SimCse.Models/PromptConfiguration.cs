namespace SimCse.Models;

/// <summary>The prompts of <c>config_sentence_transformers.json</c>; versions of sentence-transformers before 2.4 write none.</summary>
internal static class PromptConfiguration
{
    public const string FileName = "config_sentence_transformers.json";

    /// <returns>The prompts by their names, <see langword="null"/> for none, and the name of the default.</returns>
    /// <exception cref="InvalidDataException">A prompt is no text, or the default is none of the prompts.</exception>
    public static (IReadOnlyDictionary<string, string>? Named, string? DefaultName) Read(string folder)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
        {
            return (null, null);
        }

        var config = ModelJson.Read(path, ModelJson.Default.SentenceTransformersConfig);
        var named = (config.Prompts ?? []).ToDictionary(
            prompt => prompt.Key,
            prompt => prompt.Value ?? throw new InvalidDataException($"{path}: the prompt '{prompt.Key}' is null; expected a text."));
        return config.DefaultPromptName is not { } name || named.ContainsKey(name)
            ? (named.Count == 0 ? null : named, config.DefaultPromptName)
            : throw new InvalidDataException(
                $"{path}: default_prompt_name is '{name}', and prompts has " +
                (named.Count == 0 ? "none" : string.Join(", ", named.Keys.Select(known => $"'{known}'"))) +
                "; expected one of them, or null.");
    }
}
