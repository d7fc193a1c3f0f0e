using System.Text.Json;
using System.Text.Json.Serialization;

namespace SimCse.Jobs.Sources;

/// <summary>A contiguous run of a source's lines.</summary>
/// <param name="Offset">The offset of the first byte.</param>
/// <param name="Bytes">The number of bytes.</param>
/// <param name="FirstLine">The number of the first line in the source, from 1.</param>
/// <param name="Lines">The number of lines, blank lines included.</param>
/// <param name="Texts">The number of lines that are not blank. Each becomes a row or an error row.</param>
[JsonConverter(typeof(ShardRangeConverter))]
public readonly record struct ShardRange(long Offset, long Bytes, long FirstLine, long Lines, long Texts)
{
    internal ShardRange Append(ShardRange next) =>
        this with { Bytes = Bytes + next.Bytes, Lines = Lines + next.Lines, Texts = Texts + next.Texts };
}

/// <summary>Writes a range as an array of five numbers, because a manifest may hold 20,000 of them.</summary>
internal sealed class ShardRangeConverter : JsonConverter<ShardRange>
{
    private const int Numbers = 5;

    public override ShardRange Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        Span<long> numbers = stackalloc long[Numbers];
        for (var i = 0; i < Numbers; i++)
        {
            reader.Read();
            numbers[i] = reader.GetInt64();
        }

        reader.Read();
        return reader.TokenType == JsonTokenType.EndArray
            ? new ShardRange(numbers[0], numbers[1], numbers[2], numbers[3], numbers[4])
            : throw new JsonException($"A shard has more than {Numbers} numbers.");
    }

    public override void Write(Utf8JsonWriter writer, ShardRange value, JsonSerializerOptions options)
    {
        writer.WriteStartArray();
        writer.WriteNumberValue(value.Offset);
        writer.WriteNumberValue(value.Bytes);
        writer.WriteNumberValue(value.FirstLine);
        writer.WriteNumberValue(value.Lines);
        writer.WriteNumberValue(value.Texts);
        writer.WriteEndArray();
    }
}
