using System.Text.Json;
using SimCse.Cli.Output;
using SimCse.Cli.Search;
using SimCse.Jobs.Parts;

namespace SimCse.Cli.Destinations;

/// <summary>Writes rows as JSON. Numbers have the shortest form that reads back as the same float.</summary>
internal static class RowJson
{
    /// <summary>Writes the values of a row; one that is missing is null.</summary>
    public static void WriteColumns(this Utf8JsonWriter json, IReadOnlyList<RowColumn> columns, VectorFile file, PartRows rows, int row)
    {
        foreach (var column in columns)
        {
            Write(json, column.Name, column.Value(file, rows, row));
        }
    }

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

    private static void Write(Utf8JsonWriter json, string name, object? value)
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
