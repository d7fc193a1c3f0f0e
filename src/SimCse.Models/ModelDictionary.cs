using System.Text.Json;

namespace SimCse.Models;

/// <summary>The dictionary that a model's tokenizer needs.</summary>
internal static class ModelDictionary
{
    private const string Config = "tokenizer_config.json";

    /// <summary>
    /// The MeCab dictionary that <c>tokenizer_config.json</c> asks for; <see langword="null"/> when it needs none, names one by its path,
    /// or names none.
    /// </summary>
    /// <exception cref="InvalidDataException">The file is not valid JSON.</exception>
    public static string? NameOf(string modelFolder) => Read(modelFolder).Dictionary;

    /// <summary>Refuses a model that cuts words with MeCab and does not say with which dictionary.</summary>
    /// <exception cref="NotSupportedException">The model is such a one.</exception>
    /// <exception cref="InvalidDataException">The file is not valid JSON.</exception>
    public static void Require(string modelFolder)
    {
        if (Read(modelFolder) is { IsMecab: true, Dictionary: null, NamesFolder: false })
        {
            throw new NotSupportedException(
                $"{Path.Combine(modelFolder, Config)} names no dictionary (mecab_dic in mecab_kwargs). transformers took ipadic before " +
                "4.45 and takes unidic_lite since, and the wrong one gives wrong vectors. Give the one that the model was made with, by " +
                "--dictionary DIR: models on bert-base-japanese v1 have ipadic, those on v2 and v3 unidic_lite.");
        }
    }

    private static (bool IsMecab, string? Dictionary, bool NamesFolder) Read(string modelFolder)
    {
        var path = Path.Combine(modelFolder, Config);
        if (!File.Exists(path))
        {
            return default;
        }

        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(path));
            var isMecab = json.RootElement.TryGetProperty("word_tokenizer_type", out var words) && words.GetString() == "mecab";
            return !isMecab || !json.RootElement.TryGetProperty("mecab_kwargs", out var mecab) || mecab.ValueKind != JsonValueKind.Object
                ? (isMecab, null, false)
                : (true, Text(mecab, "mecab_dic"), Text(mecab, "mecab_option")?.Contains("-d", StringComparison.Ordinal) == true);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new InvalidDataException($"{path} is not the JSON expected: {e.Message}", e);
        }
    }

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) ? value.GetString() : null;
}
