using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace SimCse.LocalHost;

/// <summary>
/// Copies the top-level properties of a JSON message into the binding data, over whatever has the same name there, in any case:
/// a message with <c>"id"</c> hides the real <c>Id</c>. That is the host's behaviour, and why nobody should read Metadata.
/// </summary>
/// <remarks>Source: Utility.cs, ApplyBindingData and ConvertPropertyValue, of Azure/azure-functions-host at 89dc438d.</remarks>
internal static class JsonBindingData
{
    private static readonly JsonDocumentOptions Lenient = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    public static void Apply(string text, IDictionary<string, object?> bindingData)
    {
        if (Parse(text) is not { } message)
        {
            return;
        }

        foreach (var (name, value) in message)
        {
            if (value is not (null or JsonArray))
            {
                bindingData[name] = value is JsonObject ? value : AsText(value.AsValue());
            }
        }
    }

    /// <summary>Null for everything that is not an object; most messages of other apps are not.</summary>
    private static JsonObject? Parse(string text)
    {
        try
        {
            return text.AsSpan().TrimStart() is ['{', ..] ? JsonNode.Parse(text, documentOptions: Lenient) as JsonObject : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>The host casts to string with Newtonsoft.Json, which has turned what looks like an ISO date into a date by then.</summary>
    private static string AsText(JsonValue value) => value.GetValueKind() switch
    {
        JsonValueKind.True => "True",
        JsonValueKind.False => "False",
        JsonValueKind.Number => NumberText(value),
        _ => DateText(value.GetValue<string>()),
    };

    private static string NumberText(JsonValue value)
    {
        var text = value.ToJsonString();
        return text.AsSpan().ContainsAny('.', 'e', 'E') ? value.GetValue<double>().ToString(CultureInfo.InvariantCulture) : text;
    }

    private static string DateText(string text)
        => text is [_, _, _, _, '-', _, _, '-', _, _, 'T', ..]
           && DateTime.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out var date)
            ? date.ToString(CultureInfo.InvariantCulture)
            : text;
}
