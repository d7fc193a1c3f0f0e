using System.Text.Json;
using System.Text.Json.Serialization;

namespace SimCse.Jobs.State;

/// <summary>
/// Columns of a source that its parts have, too, each as <c>name</c> or <c>name:type</c>, in this order. Two lists of the same names are
/// equal, because they are part of a job's identity.
/// </summary>
[JsonConverter(typeof(ColumnListConverter))]
public sealed class ColumnList : IEquatable<ColumnList>
{
    private ColumnList(IReadOnlyList<string> names) => Names = names;

    public IReadOnlyList<string> Names { get; }

    /// <summary>A list of these names; <see langword="null"/> for none.</summary>
    /// <exception cref="FormatException">A name is empty or stands twice.</exception>
    public static ColumnList? Of(IReadOnlyList<string> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        return names.Count == 0 ? null
            : names.Any(string.IsNullOrEmpty) ? throw new FormatException("A column to keep has an empty name.")
            : names.GroupBy(name => name, StringComparer.Ordinal).FirstOrDefault(same => same.Skip(1).Any()) is { } twice
                ? throw new FormatException($"The column to keep \"{NamedMembers.Shorten(twice.Key)}\" stands twice; expected it once.")
            : new ColumnList(names);
    }

    public bool Equals(ColumnList? other) => other is not null && Names.SequenceEqual(other.Names, StringComparer.Ordinal);

    public override bool Equals(object? obj) => Equals(obj as ColumnList);

    public override int GetHashCode()
    {
        var hash = default(HashCode);
        foreach (var name in Names)
        {
            hash.Add(name, StringComparer.Ordinal);
        }

        return hash.ToHashCode();
    }

    public override string ToString() => string.Join(",", Names);
}

/// <summary>Writes the names as an array of strings.</summary>
public sealed class ColumnListConverter : JsonConverter<ColumnList>
{
    public override ColumnList Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var names = new List<string>();
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw new JsonException("A list of columns is no array.");
        }

        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            names.Add(reader.TokenType == JsonTokenType.String
                ? reader.GetString()!
                : throw new JsonException("The name of a column is no string."));
        }

        return ColumnList.Of(names) ?? throw new JsonException("A list of columns is empty.");
    }

    public override void Write(Utf8JsonWriter writer, ColumnList value, JsonSerializerOptions options)
    {
        writer.WriteStartArray();
        foreach (var name in value.Names)
        {
            writer.WriteStringValue(name);
        }

        writer.WriteEndArray();
    }
}
