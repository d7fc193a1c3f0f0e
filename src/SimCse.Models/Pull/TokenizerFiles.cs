using System.Text.Json;

namespace SimCse.Models.Pull;

/// <summary>The one question that a pull has about a model's tokenizer.</summary>
internal static class TokenizerFiles
{
    /// <summary>The MeCab dictionary that <c>tokenizer_config.json</c> names; <see langword="null"/> where it names none.</summary>
    /// <exception cref="InvalidDataException">The file is no JSON.</exception>
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
            return json.RootElement.TryGetProperty("mecab_kwargs", out var mecab) && mecab.ValueKind == JsonValueKind.Object
                && mecab.TryGetProperty("mecab_dic", out var dictionary) ? dictionary.GetString() : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new InvalidDataException($"{path} is not the JSON expected: {e.Message}", e);
        }
    }
}
