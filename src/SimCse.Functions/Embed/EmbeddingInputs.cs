using System.Text.Json;
using SimCse.Functions.Http;

namespace SimCse.Functions.Embed;

/// <summary>The inputs that a request wants encoded: texts, or ids as the model reads them.</summary>
/// <param name="Texts">At least one text; <see langword="null"/> for ids.</param>
/// <param name="Ids">At least one sequence, none of them empty; <see langword="null"/> for texts.</param>
internal sealed record EmbeddingInputs(IReadOnlyList<string>? Texts, IReadOnlyList<int[]>? Ids)
{
    public int Count => Texts?.Count ?? Ids!.Count;

    /// <summary>The number of code points, as text-embeddings-inference counts them; 0 for ids.</summary>
    public long Characters => Texts?.Sum(text => (long)text.EnumerateRunes().Count()) ?? 0;

    /// <summary>Reads a string, strings, ids, or lists of ids.</summary>
    /// <exception cref="HttpErrorException">400: the value is empty or of another type. 413: too many inputs, or one too long.</exception>
    public static EmbeddingInputs Parse(JsonElement value, string name, EmbedOptions limits) =>
        HoldsIds(value) ? new(null, ParseIds(value, name, limits)) : new(ParseTexts(value, name, limits).Texts, null);

    /// <summary>Reads a string or strings.</summary>
    /// <param name="value">The value of the field.</param>
    /// <param name="name">The path of the field, for the error.</param>
    /// <param name="limits">The limits on the number and length of texts.</param>
    /// <param name="mayBeEmpty">Whether a text without characters is valid. The compatible services refuse it.</param>
    /// <inheritdoc cref="Parse"/>
    public static EmbeddingInputs ParseTexts(JsonElement value, string name, EmbedOptions limits, bool mayBeEmpty = false)
    {
        if (value.ValueKind != JsonValueKind.Array)
        {
            return new([Text(value, name, limits, mayBeEmpty)], null);
        }

        CheckCount(value.GetArrayLength(), name, limits);
        return new([.. value.EnumerateArray().Select((text, i) => Text(text, $"{name}[{i}]", limits, mayBeEmpty))], null);
    }

    /// <summary>Reads ids, or lists of ids.</summary>
    /// <inheritdoc cref="Parse"/>
    public static IReadOnlyList<int[]> ParseIds(JsonElement value, string name, EmbedOptions limits)
    {
        if (value.ValueKind == JsonValueKind.Array && value.GetArrayLength() > 0 && value[0].ValueKind == JsonValueKind.Number)
        {
            return [IdsOf(value, name, limits)];
        }

        if (value.ValueKind != JsonValueKind.Array)
        {
            throw HttpErrorException.BadRequest($"\"{name}\" is {value.Describe()}; expected token ids or lists of token ids.");
        }

        CheckCount(value.GetArrayLength(), name, limits);
        return [.. value.EnumerateArray().Select((ids, i) => IdsOf(ids, $"{name}[{i}]", limits))];
    }

    /// <summary>Reads one text.</summary>
    /// <inheritdoc cref="ParseTexts"/>
    public static string Text(JsonElement value, string name, EmbedOptions limits, bool mayBeEmpty = false)
    {
        var text = RequestJson.String(value, name);
        return text.Length == 0 && !mayBeEmpty ? throw HttpErrorException.Empty($"\"{name}\" is an empty text; expected one to encode.")
            : text.Length <= limits.MaxCharacters ? text
            : throw HttpErrorException.TooLarge($"\"{name}\" has {text.Length} characters; at most {limits.MaxCharacters} are read.");
    }

    /// <exception cref="HttpErrorException">400: there are no inputs. 413: there are too many.</exception>
    public static void CheckCount(int count, string name, EmbedOptions limits)
    {
        if (count == 0)
        {
            throw HttpErrorException.Empty($"\"{name}\" holds no text.");
        }

        if (count > limits.MaxTexts)
        {
            throw HttpErrorException.TooLarge(
                $"\"{name}\" holds {count} texts; at most {limits.MaxTexts} are taken at a time. Send them in parts, or submit a file as " +
                "a job.");
        }
    }

    private static bool HoldsIds(JsonElement value) =>
        value.ValueKind == JsonValueKind.Array && value.GetArrayLength() > 0
            && value[0].ValueKind is JsonValueKind.Number or JsonValueKind.Array;

    private static int[] IdsOf(JsonElement value, string name, EmbedOptions limits)
    {
        if (value.ValueKind != JsonValueKind.Array)
        {
            throw HttpErrorException.BadRequest($"\"{name}\" is {value.Describe()}; expected token ids.");
        }

        if (value.GetArrayLength() == 0)
        {
            throw HttpErrorException.Empty($"\"{name}\" holds no token ids.");
        }

        if (value.GetArrayLength() > limits.MaxCharacters)
        {
            throw HttpErrorException.TooLarge($"\"{name}\" has {value.GetArrayLength()} ids; at most {limits.MaxCharacters} are read.");
        }

        return [.. value.EnumerateArray().Select((id, i) => id.ValueKind == JsonValueKind.Number && id.TryGetInt64(out var number)
            ? (int)Math.Clamp(number, -1, int.MaxValue) // both ends are out of range
            : throw HttpErrorException.BadRequest($"\"{name}[{i}]\" is {id.Describe()}; expected a token id."))];
    }
}
