using System.Text.Json;

namespace SimCse.Functions;

/// <summary>Reading JSON that others wrote, without exceptions for what is merely wrong.</summary>
internal static class JsonElements
{
    /// <summary>What an error message calls a value.</summary>
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
    /// The text of a JSON string; <see langword="null"/> for another kind, and where UTF-16 cannot hold it (half a surrogate pair).
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

    /// <summary>A property's name; <see langword="null"/> where UTF-16 cannot hold it.</summary>
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
