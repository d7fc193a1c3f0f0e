using System.Text.Json;

namespace SimCse.Cli.Output;

/// <summary>Writes the values of a row as JSON. Numbers have the shortest form that reads back as the same float.</summary>
internal static class RowValues
{
    public static void WriteVector(this Utf8JsonWriter json, string name, ReadOnlySpan<float> vector)
    {
        json.WriteStartArray(name);
        foreach (var component in vector)
        {
            json.WriteNumberValue(float.IsFinite(component)
                ? component
                : throw new InvalidDataException($"A vector holds {component}, which JSON does not have; expected numbers."));
        }

        json.WriteEndArray();
    }

    /// <summary>Writes a value as parts hold it; null for NaN and infinity, which JSON does not have.</summary>
    public static void WriteValue(this Utf8JsonWriter json, string name, object? value)
    {
        switch (value)
        {
            case string text:
                json.WriteString(name, text);
                break;
            case long number:
                json.WriteNumber(name, number);
                break;
            case double number:
                json.WriteFinite(name, number);
                break;
            case bool flag:
                json.WriteBoolean(name, flag);
                break;
            case DateTime time:
                json.WriteString(name, DateTime.SpecifyKind(time, DateTimeKind.Utc));
                break;
            case null:
                json.WriteNull(name);
                break;
            default:
                throw new InvalidOperationException($"The column {name} holds a {value.GetType().Name}.");
        }
    }
}
