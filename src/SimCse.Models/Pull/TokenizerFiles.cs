using System.Text.Json;
using SimCse.Tokenization;

namespace SimCse.Models.Pull;

/// <summary>Finds the dictionaries that a model's tokenizer may need.</summary>
internal static class TokenizerFiles
{
    /// <summary>
    /// The name of the MeCab dictionary that <c>tokenizer_config.json</c> asks for, unless it is installed; both that it may want where it
    /// names none and its vocabulary can decide; none where it does without MeCab or names a dictionary by its path.
    /// </summary>
    /// <param name="folder">The folder of the tokenizer's files.</param>
    /// <exception cref="InvalidDataException">The file is not valid JSON.</exception>
    public static IReadOnlyList<string> DictionariesOf(string folder)
    {
        var path = Path.Combine(folder, "tokenizer_config.json");
        if (!File.Exists(path))
        {
            return [];
        }

        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(path));
            if (Text(json.RootElement, "word_tokenizer_type") != "mecab")
            {
                return [];
            }

            var mecab = json.RootElement.TryGetProperty("mecab_kwargs", out var kwargs) && kwargs.ValueKind == JsonValueKind.Object
                ? kwargs : default(JsonElement?);
            if (mecab is { } named && Text(named, "mecab_dic") is { } name)
            {
                return MecabDictionaryFolder.KnownNames.Contains(name) && MecabDictionaryFolder.IsInstalled(name) ? [] : [name];
            }

            var isDecided = Environment.GetEnvironmentVariable(MecabDictionaryFolder.EnvironmentVariable) is { Length: > 0 }
                || (mecab is { } options && Text(options, "mecab_option") is { Length: > 0 })
                || Text(json.RootElement, "subword_tokenizer_type") == "character";
            return isDecided ? [] : MecabDictionaryFolder.Defaults;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new InvalidDataException($"{path} is not the JSON expected: {e.Message}", e);
        }
    }

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) ? value.GetString() : null;
}
