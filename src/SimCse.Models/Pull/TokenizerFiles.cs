using System.Text.Json;

namespace SimCse.Models.Pull;

/// <summary>Finds the dictionary that a model's tokenizer needs.</summary>
internal static class TokenizerFiles
{
    /// <summary>
    /// The MeCab dictionary that <c>tokenizer_config.json</c> asks for; <see langword="null"/> when it needs none, names one by its path,
    /// or names none.
    /// </summary>
    /// <exception cref="InvalidDataException">The file is not valid JSON.</exception>
    public static string? DictionaryOf(string modelFolder)
    {
        var path = Path.Combine(modelFolder, "tokenizer_config.json");
        if (!File.Exists(path))
        {
            return null;
        }

        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(path));
            return !json.RootElement.TryGetProperty("word_tokenizer_type", out var words) || words.GetString() != "mecab" ? null
                : json.RootElement.TryGetProperty("mecab_kwargs", out var mecab) && mecab.ValueKind == JsonValueKind.Object
                    && mecab.TryGetProperty("mecab_dic", out var dictionary) ? dictionary.GetString()
                : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new InvalidDataException($"{path} is not the JSON expected: {e.Message}", e);
        }
    }
}
