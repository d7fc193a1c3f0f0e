using System.IO.Compression;
using Parquet;
using Parquet.Schema;

namespace SimCse.Jobs.Parts;

/// <summary>The columns of a part, and how they are stored.</summary>
internal static class PartSchema
{
    public const string Id = "id";
    public const string Line = "line";
    public const string Text = "text";
    public const string Tokens = "tokens";
    public const string Truncated = "truncated";
    public const string Embedding = "embedding";

    /// <summary>
    /// The fields to write the columns of strings by, as bytes in UTF-8. Given strings, Parquet.Net 6.1 records the least and the greatest
    /// in the order of UTF-16, while readers compare UTF-8, and so skip row groups that hold what they look for; it also stores them whole,
    /// four times. Given bytes, it records neither, and the schema still says that the column holds strings.
    /// </summary>
    public static readonly DataField Utf8Id = Utf8(Id), Utf8Text = Utf8(Text);

    /// <summary>
    /// Vectors are stored as the three-level list that every reader knows; some readers do not know fixed-size lists. Each file needs a new
    /// schema, because a field takes the levels of the schema that it is put into.
    /// </summary>
    public static ParquetSchema Create(bool includeText)
    {
        DataField[] columns =
        [
            new(Id, typeof(string), isNullable: false), new(Line, typeof(long), isNullable: false),
            .. includeText ? [new DataField(Text, typeof(string), isNullable: false)] : Array.Empty<DataField>(),
            new(Tokens, typeof(int), isNullable: false), new(Truncated, typeof(bool), isNullable: false),
        ];
        return new ParquetSchema([.. columns, new ListField(Embedding, new DataField("element", typeof(float), isNullable: false))]);
    }

    /// <summary>The field of a column; for <see cref="Embedding"/> that of its components.</summary>
    public static DataField? Field(ParquetSchema schema, string column) =>
        schema.DataFields.FirstOrDefault(field => field.Path.FirstPart == column);

    /// <summary>
    /// zstd over byte-stream split, because the exponents of a vector's components are alike and their mantissas are noise. A dictionary
    /// would only add bytes.
    /// </summary>
    public static ParquetOptions Options(ParquetSchema schema)
    {
        var options = new ParquetOptions { CompressionMethod = CompressionMethod.Zstd, CompressionLevel = CompressionLevel.Fastest };
        options.ColumnEncodingHints[schema.DataFields[^1].Path.ToString()] = EncodingHint.ByteSplitStream;
        return options;
    }

    private static DataField Utf8(string column) =>
        new ParquetSchema(new DataField(column, typeof(byte[]), isNullable: false)).DataFields[0];
}
