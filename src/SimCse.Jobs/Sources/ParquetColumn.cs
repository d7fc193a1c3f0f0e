using System.Globalization;
using System.Text.Json;
using Parquet;
using Parquet.Data;
using Parquet.Schema;
using SimCse.Jobs.Parts;

namespace SimCse.Jobs.Sources;

/// <summary>One column of a Parquet file, whose values become those of a JSON property. Not thread-safe.</summary>
internal abstract class ParquetColumn(DataField field) : IDisposable
{
    public DataField Field { get; } = field;

    /// <summary>The type that the column has in parts, unless somebody says otherwise.</summary>
    public required KeptType Type { get; init; }

    /// <summary>The column for a field; <see langword="null"/> when its type is not supported.</summary>
    public static ParquetColumn? TryCreate(DataField field) =>
        System.Type.GetTypeCode(field.ClrType) switch
        {
            TypeCode.SByte => Integer<sbyte>(field, value => value),
            TypeCode.Byte => Integer<byte>(field, value => value),
            TypeCode.Int16 => Integer<short>(field, value => value),
            TypeCode.UInt16 => Integer<ushort>(field, value => value),
            TypeCode.Int32 => Integer<int>(field, value => value),
            TypeCode.UInt32 => Integer<uint>(field, value => value),
            TypeCode.Int64 => Integer<long>(field, value => value),
            TypeCode.UInt64 => String<ulong>(field, value => value.ToString(CultureInfo.InvariantCulture)),
            TypeCode.Single => Of<float>(
                field, KeptType.Double, (json, value) => WriteNumber(json, value, value.ToString("R", CultureInfo.InvariantCulture))),
            TypeCode.Double => Of<double>(
                field, KeptType.Double, (json, value) => WriteNumber(json, value, value.ToString("R", CultureInfo.InvariantCulture))),
            TypeCode.Boolean => Of<bool>(field, KeptType.Boolean, (json, value) => json.WriteBooleanValue(value)),
            TypeCode.Decimal => String<decimal>(field, value => value.ToString(CultureInfo.InvariantCulture)),
            TypeCode.DateTime => Of<DateTime>(field, KeptType.Timestamp, (json, value) =>
                json.WriteStringValue(value.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture))),
            _ when field.ClrType == typeof(ReadOnlyMemory<char>) => Of<ReadOnlyMemory<char>>(
                field, KeptType.String, (json, value) => json.WriteStringValue(value.Span)),
            _ when field.ClrType == typeof(Guid) => String<Guid>(field, value => value.ToString()),
            _ => null,
        };

    /// <summary>Reads the values of a row group, in place of those of the one before.</summary>
    public abstract Task LoadAsync(ParquetRowGroupReader group, CancellationToken cancellationToken);

    /// <summary>Writes the value of a row. Rows have to be written in order.</summary>
    public abstract void Write(Utf8JsonWriter json, int row);

    public abstract void Dispose();

    private static Typed<T> Integer<T>(DataField field, Func<T, long> convert)
        where T : struct => Of<T>(field, KeptType.Int64, (json, value) => json.WriteNumberValue(convert(value)));

    private static Typed<T> String<T>(DataField field, Func<T, string> convert)
        where T : struct => Of<T>(field, KeptType.String, (json, value) => json.WriteStringValue(convert(value)));

    private static Typed<T> Of<T>(DataField field, KeptType type, Action<Utf8JsonWriter, T> write)
        where T : struct => new(field, write) { Type = type };

    /// <summary>What is no number is missing, as in the programs that write it. An infinity does not fit, and makes an error row.</summary>
    private static void WriteNumber(Utf8JsonWriter json, double value, string text)
    {
        if (double.IsNaN(value))
        {
            json.WriteNullValue();
        }
        else if (double.IsInfinity(value))
        {
            json.WriteStringValue(text);
        }
        else
        {
            json.WriteRawValue(text, skipInputValidation: true);
        }
    }

    private sealed class Typed<T>(DataField field, Action<Utf8JsonWriter, T> write) : ParquetColumn(field)
        where T : struct
    {
        private RawColumnData<T>? _data;
        private int _next;

        public override async Task LoadAsync(ParquetRowGroupReader group, CancellationToken cancellationToken)
        {
            _data?.Dispose();
            _data = null;
            _data = (RawColumnData<T>)await group.ReadRawColumnDataBaseAsync(Field, cancellationToken);
            _next = 0;
        }

        public override void Write(Utf8JsonWriter json, int row)
        {
            if (Field.MaxDefinitionLevel > 0 && _data!.DefinitionLevels[row] < Field.MaxDefinitionLevel)
            {
                json.WriteNullValue();
            }
            else
            {
                write(json, _data!.Values[_next++]);
            }
        }

        public override void Dispose() => _data?.Dispose();
    }
}
