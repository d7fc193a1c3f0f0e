using Apache.Arrow;
using Apache.Arrow.Ipc;
using Apache.Arrow.Types;
using Parquet.Schema;
using Field = Apache.Arrow.Field;

namespace SimCse.Jobs.Parts;

/// <summary>
/// The footer's <c>ARROW:schema</c>, as Arrow's own writers add it: readers that know Arrow (pyarrow, Polars, pandas, LanceDB, Daft) take
/// the types of columns from it. Parquet has no lists of a fixed size, so that this is the only place that can say that all vectors have
/// the same number of components. The pages are those of an ordinary list; readers that do not know the entry lose nothing.
/// </summary>
/// <remarks>
/// The value is base64 of the encapsulated schema message of Arrow's IPC format
/// (https://arrow.apache.org/docs/format/Columnar.html#encapsulated-message-format), which is how Arrow's stream begins.
/// </remarks>
internal static class ArrowSchema
{
    public const string Key = "ARROW:schema";

    /// <param name="schema">The columns; each list holds vectors.</param>
    /// <param name="listSize">The number of components of every vector.</param>
    public static string Create(ParquetSchema schema, int listSize)
    {
        var arrow = new Schema([.. schema.Fields.Select(field => Of(field, listSize))], metadata: null);
        using var message = new MemoryStream();
        using var writer = new ArrowStreamWriter(message, arrow, leaveOpen: true);
        writer.WriteStart(); // the schema alone: no batches follow, and no end of the stream
        return Convert.ToBase64String(message.GetBuffer(), 0, (int)message.Length);
    }

    private static Field Of(Parquet.Schema.Field field, int listSize) => field switch
    {
        ListField list => new Field(list.Name, new FixedSizeListType(Of(list.Item, listSize), listSize), list.IsNullable),
        DataField data => new Field(data.Name, Of(data.ClrType), data.IsNullable),
        _ => throw new NotSupportedException($"A part has no column such as {field.Name}."),
    };

    private static IArrowType Of(Type type) =>
        type == typeof(ReadOnlyMemory<char>) ? StringType.Default
        : type == typeof(long) ? Int64Type.Default
        : type == typeof(int) ? Int32Type.Default
        : type == typeof(byte) ? UInt8Type.Default
        : type == typeof(sbyte) ? Int8Type.Default
        : type == typeof(float) ? FloatType.Default
        : type == typeof(double) ? DoubleType.Default
        : type == typeof(bool) ? BooleanType.Default
        : type == typeof(DateTime) ? new TimestampType(TimeUnit.Microsecond, "UTC")
        : throw new NotSupportedException($"A part has no column of {type}.");
}
