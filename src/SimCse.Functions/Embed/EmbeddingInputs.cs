using System.Text.Json;
using SimCse.Functions.Http;

namespace SimCse.Functions.Embed;

/// <summary>What a request wants encoded: texts, or ids as the model reads them.</summary>
/// <param name="Texts">One at least, or null.</param>
/// <param name="Ids">One sequence at least, none empty, or null.</param>
internal sealed record EmbeddingInputs(IReadOnlyList<string>? Texts, IReadOnlyList<int[]>? Ids)
{
    public int Count => Texts?.Count ?? Ids!.Count;

    /// <summary>Code points, as text-embeddings-inference counts them; none for ids.</summary>
    public long Characters => Texts?.Sum(text => (long)text.EnumerateRunes().Count()) ?? 0;

    /// <summary>Reads a string, strings, ids, or lists of ids.</summary>
    /// <exception cref="HttpErrorException">400 empty, 413 too many or too long, 400 of another type.</exception>
    public static EmbeddingInputs Parse(JsonElement value, string name, EmbedOptions limits) => value.ValueKind switch
    {
        JsonValueKind.String => new([Text(value, name, limits)], null),
        JsonValueKind.Array when value.GetArrayLength() == 0 => throw HttpErrorException.Empty($"`{name}` cannot be empty"),
        JsonValueKind.Array when value[0].ValueKind == JsonValueKind.Number => new(null, [IdsOf(value, name, limits)]),
        JsonValueKind.Array when value.GetArrayLength() > limits.MaxTexts => throw TooMany(value.GetArrayLength(), limits.MaxTexts),
        JsonValueKind.Array when value[0].ValueKind == JsonValueKind.Array =>
            new(null, [.. value.EnumerateArray().Select((ids, i) => IdsOf(ids, $"{name}[{i}]", limits))]),
        JsonValueKind.Array => new([.. value.EnumerateArray().Select((text, i) => Text(text, $"{name}[{i}]", limits))], null),
        _ => throw HttpErrorException.BadRequest($"\"{name}\" is {value.Describe()}; expected a string, strings, token ids or lists of token ids."),
    };

    /// <summary>Reads ids, or lists of them.</summary>
    public static IReadOnlyList<int[]> ParseIds(JsonElement value, string name, EmbedOptions limits) =>
        value.ValueKind == JsonValueKind.Array && (value.GetArrayLength() == 0 || value[0].ValueKind is JsonValueKind.Number or JsonValueKind.Array)
            ? Parse(value, name, limits).Ids!
            : throw HttpErrorException.BadRequest($"\"{name}\" is {value.Describe()}; expected token ids or lists of token ids.");

    /// <summary>Reads a string or strings.</summary>
    public static IReadOnlyList<string> ParseTexts(JsonElement value, string name, EmbedOptions limits) =>
        value.ValueKind == JsonValueKind.Array && value.GetArrayLength() > 0 && value[0].ValueKind is JsonValueKind.Number or JsonValueKind.Array
            ? throw HttpErrorException.BadRequest($"\"{name}\" holds {value[0].Describe()}; expected a string or strings.")
            : Parse(value, name, limits).Texts!;

    /// <summary>An empty text is refused, as both services do; <c>/api/embed</c> and jobs know what to do with one.</summary>
    public static string Text(JsonElement value, string where, EmbedOptions limits)
    {
        var text = RequestJson.String(value, where);
        return text.Length == 0 ? throw HttpErrorException.Empty($"`{where}` cannot be empty")
            : text.Length <= limits.MaxCharacters ? text
            : throw HttpErrorException.TooLarge($"\"{where}\" has {text.Length} characters; at most {limits.MaxCharacters} are read.");
    }

    public static HttpErrorException TooMany(int texts, int max) =>
        HttpErrorException.TooLarge($"batch size {texts} > maximum allowed batch size {max}");

    private static int[] IdsOf(JsonElement value, string where, EmbedOptions limits)
    {
        if (value.ValueKind != JsonValueKind.Array)
        {
            throw HttpErrorException.BadRequest($"\"{where}\" is {value.Describe()}; expected token ids.");
        }

        if (value.GetArrayLength() == 0)
        {
            throw HttpErrorException.Empty($"`{where}` cannot be empty");
        }

        if (value.GetArrayLength() > limits.MaxCharacters)
        {
            throw HttpErrorException.TooLarge($"\"{where}\" has {value.GetArrayLength()} ids; at most {limits.MaxCharacters} are read.");
        }

        return [.. value.EnumerateArray().Select((id, i) => id.ValueKind == JsonValueKind.Number && id.TryGetInt64(out var number)
            ? (int)Math.Clamp(number, -1, int.MaxValue) // out of range either way
            : throw HttpErrorException.BadRequest($"\"{where}[{i}]\" is {id.Describe()}; expected a token id."))];
    }
}
