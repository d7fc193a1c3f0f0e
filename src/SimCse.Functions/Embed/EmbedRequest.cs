using System.Text.Json;
using SimCse.Functions.Http;

namespace SimCse.Functions.Embed;

/// <summary>The body of <c>POST /api/embed</c>, read and held to the limits that need no model.</summary>
/// <param name="Inputs">One text at least.</param>
/// <param name="Normalize">Scale each vector to length 1.</param>
/// <param name="Truncate">Cut texts that are too long for the model; otherwise they are refused.</param>
/// <param name="Dimensions">Keep the first so many components; <see langword="null"/> keeps all.</param>
internal sealed record EmbedRequest(IReadOnlyList<string> Inputs, bool Normalize, bool Truncate, int? Dimensions)
{
    private const string Expected = "expected {\"inputs\": \"…\"} or {\"inputs\": [\"…\", …]}";

    /// <exception cref="HttpErrorException">400: it cannot be read as such a request. 413: more or longer texts than allowed.</exception>
    public static EmbedRequest Parse(ReadOnlyMemory<byte> body, EmbedOptions limits)
    {
        using var document = RequestJson.Parse(body, Expected);
        IReadOnlyList<string>? inputs = null;
        var (normalize, truncate, dimensions) = (false, true, (int?)null);
        foreach (var property in document.RootElement.EnumerateObject())
        {
            switch (property.NameOrNull()) // others are left alone: clients of similar services send more
            {
                case "inputs":
                    inputs = Texts(property.Value, limits);
                    break;
                case "normalize":
                    normalize = RequestJson.Boolean(property, normalize);
                    break;
                case "truncate":
                    truncate = RequestJson.Boolean(property, truncate);
                    break;
                case "dimensions":
                    dimensions = RequestJson.Integer(property);
                    break;
            }
        }

        return inputs is null
            ? throw HttpErrorException.BadRequest($"The request has no \"inputs\"; {Expected}.")
            : new EmbedRequest(inputs, normalize, truncate, dimensions);
    }

    private static string[] Texts(JsonElement value, EmbedOptions limits)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.String:
                return [Text(value, "inputs", limits)];
            case JsonValueKind.Array when value.GetArrayLength() == 0:
                throw HttpErrorException.BadRequest($"\"inputs\" holds no text; {Expected}.");
            case JsonValueKind.Array when value.GetArrayLength() > limits.MaxTexts:
                throw HttpErrorException.TooLarge(
                    $"\"inputs\" holds {value.GetArrayLength()} texts; at most {limits.MaxTexts} are taken at a time. " +
                    "Send them in parts, or submit a file as a job.");
            case JsonValueKind.Array:
                return [.. value.EnumerateArray().Select((text, index) => Text(text, $"inputs[{index}]", limits))];
            default:
                throw HttpErrorException.BadRequest($"\"inputs\" is {value.Describe()}; {Expected}.");
        }
    }

    private static string Text(JsonElement value, string where, EmbedOptions limits)
    {
        var text = RequestJson.String(value, where);
        return text.Length <= limits.MaxCharacters
            ? text
            : throw HttpErrorException.TooLarge($"\"{where}\" has {text.Length} characters; at most {limits.MaxCharacters} are read.");
    }
}
