using System.Text.Json;

namespace SimCse.Tokenization;

/// <summary>Tokens that a model has beside its vocabulary and the five usual ones: none that this project knows how to cut out.</summary>
internal static class AddedTokens
{
    /// <exception cref="NotSupportedException">There are such tokens, or one of the five takes blanks beside it; it is named.</exception>
    public static void Refuse(
        string folder, Dictionary<string, JsonElement> config, Dictionary<string, JsonElement> special, IReadOnlyCollection<string> known)
    {
        var added = TokenizerConfiguration.Read(
            Path.Combine(folder, "added_tokens.json"), TokenizerJson.Default.DictionaryStringJsonElement) ?? [];
        foreach (var token in added.Keys)
        {
            RefuseUnknown(folder, "added_tokens.json", token, known);
        }

        foreach (var (file, entries) in new[] { ("tokenizer_config.json", config), ("special_tokens_map.json", special) })
        {
            if (entries.GetValueOrDefault(
                "additional_special_tokens") is { ValueKind: JsonValueKind.Array } more && more.GetArrayLength() > 0)
            {
                throw new NotSupportedException($"{folder}: additional_special_tokens in {file} is not supported; expected none.");
            }

            foreach (var entry in entries.Values.Where(
                entry => entry.ValueKind == JsonValueKind.Object && entry.TryGetProperty("content", out _)))
            {
                RefuseStripping(folder, file, entry);
            }
        }

        if (config.GetValueOrDefault("added_tokens_decoder") is { ValueKind: JsonValueKind.Object } decoder)
        {
            foreach (var entry in decoder.EnumerateObject().Select(entry => entry.Value))
            {
                RefuseUnusual(folder, "added_tokens_decoder", entry, known);
            }
        }
    }

    /// <summary>Refuses a token, written with its properties, that is none of the usual ones or takes blanks beside it.</summary>
    /// <exception cref="NotSupportedException">The token is named.</exception>
    public static void RefuseUnusual(string folder, string where, JsonElement token, IReadOnlyCollection<string> known)
    {
        RefuseUnknown(folder, where, TokenizerConfiguration.Token(token) ?? "", known);
        RefuseStripping(folder, where, token);
    }

    private static void RefuseUnknown(string folder, string where, string token, IReadOnlyCollection<string> known)
    {
        if (!known.Contains(token))
        {
            throw new NotSupportedException(
                $"{folder}: the added token '{token}' of {where} is not supported; expected {string.Join(' ', known)} only.");
        }
    }

    private static void RefuseStripping(string folder, string where, JsonElement token)
    {
        foreach (var name in (ReadOnlySpan<string>)["lstrip", "rstrip", "single_word"])
        {
            if (token.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.True)
            {
                throw new NotSupportedException(
                    $"{folder}: {name} of '{token.GetProperty("content")}' in {where} is not supported; expected false.");
            }
        }
    }
}
