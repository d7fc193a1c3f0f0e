using System.Text.Json;

namespace SimCse.Functions;

/// <summary>Reads JSON from other programs without throwing for values that are only wrong.</summary>
internal static class JsonElements
{
    /// <summary>The name of a value's kind for error messages.</summary>
    public static string Describe(this JsonElement? element) => element?.ValueKind switch
    {
        null or JsonValueKind.Undefined => "nothing",
        JsonValueKind.Null => "null",
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        JsonValueKind.String => "a string",
        JsonValueKind.Number => "a number",
        _ => "a boolean",
    };

    public static string Describe(this JsonElement element) => Describe((JsonElement?)element);

    /// <summary>
    /// The text of a JSON string; <see langword="null"/> for other kinds, and for half a surrogate pair, which UTF-16 cannot hold.
    /// </summary>
    public static string? TextOrNull(this JsonElement element)
    {
        try
        {
            return element.ValueKind == JsonValueKind.String ? element.GetString() : null;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>A property's name; <see langword="null"/> if UTF-16 cannot hold it.</summary>
    public static string? NameOrNull(this JsonProperty property)
    {
        try
        {
            return property.Name;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }
}
