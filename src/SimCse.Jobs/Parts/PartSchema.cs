using System.IO.Compression;
using Parquet;
using Parquet.Schema;

namespace SimCse.Jobs.Parts;

/// <summary>The columns of a part, and how they are stored.</summary>
internal static class PartSchema
{
    public const string Id = "id";
    public const string Line = "line";
    public const string Source = "source";
    public const string Chunk = "chunk";
    public const string Start = "start";
    public const string Length = "length";
    public const string Text = "text";
    public const string Tokens = "tokens";
    public const string Truncated = "truncated";
    public const string Embedding = "embedding";

    /// <summary>The columns whose names no kept column may have.</summary>
    public static readonly IReadOnlyList<string> Own = [Id, Line, Source, Chunk, Start, Length, Text, Tokens, Truncated, Embedding];

    /// <summary>
    /// Vectors are stored as the three-level list that every reader knows; <see cref="ArrowSchema"/> says that their size is fixed. Each
    /// file needs a new schema, because a field takes the levels of the schema that it is put into.
    /// </summary>
    public static ParquetSchema Create(PartMetadata metadata, bool includeText, IReadOnlyList<KeptColumn> kept)
    {
        List<Field> columns = [Required<string>(Id), Required<long>(Line)];
        if (metadata.Origin is not null)
        {
            columns.Add(Required<string>(Source));
        }

        if (metadata.ChunkOverlap is not null)
        {
            columns.AddRange([Required<int>(Chunk), Required<int>(Start), Required<int>(Length)]);
        }

        if (includeText)
        {
            columns.Add(Required<string>(Text));
        }

        columns.AddRange([Required<int>(Tokens), Required<bool>(Truncated), .. kept.Select(Of)]);
        columns.Add(new ListField(Embedding, new DataField("element", metadata.VectorType.ComponentType(), isNullable: false)));
        return new ParquetSchema(columns);
    }

    /// <summary>The field of a column; for <see cref="Embedding"/> that of its components.</summary>
    public static DataField? Field(ParquetSchema schema, string column) =>
        schema.DataFields.FirstOrDefault(field => field.Path.FirstPart == column);

    /// <summary>
    /// The field to write a column of strings by, as bytes in UTF-8. Given strings, Parquet.Net 6.1 records the least and the greatest in
    /// the order of UTF-16, while readers compare UTF-8, and so skip row groups that hold what they look for; it also stores them whole,
    /// four times. Given bytes, it records neither, and the schema still says that the column holds strings.
    /// </summary>
    public static DataField Utf8(string column, bool isNullable = false) => Stored<byte[]>(column, isNullable);

    /// <summary>
    /// The field to write a column of times by, as the microseconds that are stored. Given times, Parquet.Net 6.1 records the least and the
    /// greatest in another unit.
    /// </summary>
    public static DataField Microseconds(string column) => Stored<long>(column, isNullable: true);

    /// <summary>
    /// zstd over byte-stream split for floats, because the exponents of a vector's components are alike and their mantissas are noise; a
    /// dictionary would only add bytes. DuckDB reads no other numbers so, and those compress as they are. The source's name stands in a
    /// dictionary, and is both the least and the greatest value in any order.
    /// </summary>
    public static ParquetOptions Options(ParquetSchema schema)
    {
        var options = new ParquetOptions { CompressionMethod = CompressionMethod.Zstd, CompressionLevel = CompressionLevel.Fastest };
        foreach (var field in schema.DataFields)
        {
            if (field.ClrType == typeof(float) || field.ClrType == typeof(double))
            {
                options.ColumnEncodingHints[field.Path.ToString()] = EncodingHint.ByteSplitStream;
            }
            else if (field.Path.ToString() == Source)
            {
                options.ColumnEncodingHints[Source] = EncodingHint.Dictionary;
            }
        }

        return options;
    }

    /// <summary>The kept columns of a part: those that simcse would not have by itself.</summary>
    /// <exception cref="InvalidDataException">One has a type that simcse does not write.</exception>
    public static IReadOnlyList<KeptColumn> Kept(ParquetSchema schema, string file) =>
    [
        .. schema.Fields.Where(field => !Own.Contains(field.Name)).Select(field => new KeptColumn(
            field.Name,
            field is not DataField data ? throw Foreign(field, file)
            : data.ClrType == typeof(ReadOnlyMemory<char>) || data.ClrType == typeof(string) ? KeptType.String
            : data.ClrType == typeof(long) ? KeptType.Int64
            : data.ClrType == typeof(double) ? KeptType.Double
            : data.ClrType == typeof(bool) ? KeptType.Boolean
            : data.ClrType == typeof(DateTime) ? KeptType.Timestamp
            : throw Foreign(field, file))),
    ];

    private static DataField Stored<T>(string column, bool isNullable) =>
        new ParquetSchema(new DataField(column, typeof(T), isNullable)).DataFields[0];

    private static DataField Required<T>(string column) => new(column, typeof(T), isNullable: false);

    private static DataField Of(KeptColumn column) => column.Type == KeptType.Timestamp
        ? new DateTimeDataField(
            column.Name, DateTimeFormat.Timestamp, isAdjustedToUTC: true, unit: DateTimeTimeUnit.Micros, isNullable: true)
        : new DataField(
            column.Name,
            column.Type switch
            {
                KeptType.Int64 => typeof(long),
                KeptType.Double => typeof(double),
                KeptType.Boolean => typeof(bool),
                _ => typeof(string),
            },
            isNullable: true);

    private static InvalidDataException Foreign(Field field, string file) =>
        new($"{file} has a column that simcse does not write: '{VisibleText.Escape(field.Name)}'.");
}
