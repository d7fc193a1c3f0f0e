using System.Globalization;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using Parquet;
using Parquet.Data;
using Parquet.Schema;
using SimCse.Inference;
using SimCse.Jobs.Parts;

namespace SimCse.Cli.Search;

/// <summary>
/// A Parquet file that another program wrote: a column of lists of floats, and the columns <c>id</c> and <c>text</c> where it has them. A
/// row without an id is called by its number.
/// </summary>
/// <param name="name">The name to show.</param>
/// <param name="column">The column of vectors; <see langword="null"/> is the only one that there is.</param>
internal sealed class ForeignParquet(string name, string? column)
{
    /// <summary>The library holds a column of a row group whole.</summary>
    private const int MaxComponents = 1 << 28;

    private const int RowsAtOnce = PartWriter.MaxRowsPerGroup;

    /// <summary>The number of rows that had no vector in the last reading.</summary>
    public long WithoutVector { get; private set; }

    /// <summary>Whether a file is Parquet and no part. The stream is at its beginning afterwards.</summary>
    public static async Task<bool> IsAsync(Stream stream, CancellationToken cancellationToken)
    {
        try
        {
            await using var reader = await ParquetReader.CreateAsync(stream, leaveStreamOpen: true, cancellationToken: cancellationToken);
            return !reader.CustomMetadata.Keys.Any(key => key.StartsWith("simcse.", StringComparison.Ordinal));
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            return false; // the reader of parts says what is wrong
        }
        finally
        {
            stream.Position = 0;
        }
    }

    /// <summary>The rows that have a vector, in order, some at a time.</summary>
    /// <exception cref="InvalidDataException">There is no column of vectors, or one that cannot be read.</exception>
    public async IAsyncEnumerable<PartRows> ReadAsync(Stream stream, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var reader = await ParquetReader.CreateAsync(stream, leaveStreamOpen: true, cancellationToken: cancellationToken);
        var field = Vectors(reader.Schema);
        var (first, dimension, without) = (1L, 0, 0L);
        foreach (var group in reader.RowGroups)
        {
            if (group.GetMetadata(field)?.MetaData?.NumValues > MaxComponents)
            {
                throw new InvalidDataException(
                    $"{name} has a row group with more than {MaxComponents} components, more than is read at a time; write it again with " +
                    "smaller row groups, such as COPY … (FORMAT parquet, ROW_GROUP_SIZE 2048) of DuckDB.");
            }

            var (count, lengths, values) = await VectorsAsync(group, field, cancellationToken);
            var ids = await ColumnAsync(group, Plain(reader.Schema, "id"), count, cancellationToken);
            var texts = await ColumnAsync(group, Plain(reader.Schema, "text"), count, cancellationToken);
            var (rows, position) = (new List<int>(), 0);
            for (var row = 0; row < count; row++)
            {
                if (lengths[row] <= 0)
                {
                    without++;
                }
                else if (dimension > 0 && lengths[row] != dimension)
                {
                    throw new InvalidDataException(
                        $"Row {first + row} of {name} has a vector of {lengths[row]} components; those before have {dimension}.");
                }
                else
                {
                    dimension = lengths[row];
                    rows.Add(row);
                }

                if (rows.Count == RowsAtOnce || (row == count - 1 && rows.Count > 0))
                {
                    yield return Rows(rows, values.AsSpan(position, rows.Count * dimension), dimension, first, ids, texts);
                    position += rows.Count * dimension;
                    rows.Clear();
                }
            }

            first += count;
        }

        WithoutVector = without;
    }

    private static PartRows Rows(
        List<int> rows, ReadOnlySpan<float> vectors, int dimension, long first, string?[]? ids, string?[]? texts)
    {
        var encoded = new EncodedTexts(rows.Count, dimension);
        vectors.CopyTo(encoded.Vectors);
        return new PartRows(
            [.. rows.Select(row => ids?[row] ?? (first + row).ToString(CultureInfo.InvariantCulture))],
            [.. rows.Select(row => first + row)],
            texts is null ? [] : [.. rows.Select(row => texts[row] ?? "")], encoded);
    }

    /// <summary>A column that is no list.</summary>
    private static DataField? Plain(ParquetSchema schema, string wanted) => schema.DataFields.FirstOrDefault(
        field => field.MaxRepetitionLevel == 0 && field.Path.ToString() == wanted);

    private DataField Vectors(ParquetSchema schema)
    {
        var lists = schema.DataFields
            .Where(field => field.MaxRepetitionLevel == 1 && (field.ClrType == typeof(float) || field.ClrType == typeof(double))).ToList();
        var named = column is null ? lists : lists.FindAll(field => field.Path.FirstPart == column);
        var found = lists.Count == 0 ? "none" : string.Join(", ", lists.Select(field => field.Path.FirstPart));
        return named switch
        {
            [var only] => only,
            [] when column is not null => throw new InvalidDataException(
                $"{name} has no column '{column}' with lists of floats; those with lists of floats: {found}."),
            [] => throw new InvalidDataException($"{name} has no column with lists of floats; expected vectors in one."),
            _ => throw new InvalidDataException(
                $"{name} has several columns with lists of floats: {found}. Name one with --vector-column."),
        };
    }

    /// <summary>The rows' lengths, 0 for a list that is null, empty or holds a null, and the components of all others.</summary>
    private async Task<(int Count, int[] Lengths, float[] Values)> VectorsAsync(
        ParquetRowGroupReader group, DataField field, CancellationToken cancellationToken)
    {
        try
        {
            using var raw = await group.ReadRawColumnDataBaseAsync(field, cancellationToken);
            var count = checked((int)group.RowCount);
            return raw is RawColumnData<double> doubles
                ? Split(doubles, count, field.MaxDefinitionLevel, values =>
                {
                    var floats = new float[values.Length];
                    TensorPrimitives.ConvertSaturating<double, float>(values, floats);
                    return floats;
                })
                : Split((RawColumnData<float>)raw, count, field.MaxDefinitionLevel, values => values.ToArray());
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            throw new InvalidDataException(
                $"{name} is damaged, or its column {field.Path.FirstPart} is written in a way that is not read here.", e);
        }
    }

    private delegate float[] Convert<T>(ReadOnlySpan<T> values);

    private static (int Count, int[] Lengths, float[] Values) Split<T>(RawColumnData<T> raw, int count, int present, Convert<T> convert)
        where T : struct
    {
        var levels = raw.RepetitionLevels;
        var definitions = raw.DefinitionLevels;
        var values = convert(raw.Values);
        var (lengths, row, kept, next, start) = (new int[count], -1, 0, 0, 0);
        var hasNull = false;
        for (var i = 0; i < levels.Length; i++)
        {
            if (levels[i] == 0)
            {
                End();
                (row, start, hasNull) = (row + 1, kept, false);
            }

            if (definitions.IsEmpty || definitions[i] == present)
            {
                values[kept++] = values[next++]; // those of rows with a null are overwritten
            }
            else
            {
                hasNull = true;
            }
        }

        End();
        return (count, lengths, values);

        void End()
        {
            kept = hasNull ? start : kept;
            if (row >= 0)
            {
                lengths[row] = kept - start;
            }
        }
    }

    private static async Task<string?[]?> ColumnAsync(
        ParquetRowGroupReader group, DataField? field, int count, CancellationToken cancellationToken)
    {
        if (field?.ClrType == typeof(string) || field?.ClrType == typeof(ReadOnlyMemory<char>)) // the library says the latter
        {
            var texts = new string[count];
            await group.ReadAsync(field, texts, cancellationToken: cancellationToken);
            return texts;
        }

        return field?.ClrType == typeof(long) ? await NumbersAsync<long>(group, field, count, cancellationToken)
            : field?.ClrType == typeof(int) ? await NumbersAsync<int>(group, field, count, cancellationToken)
            : null;
    }

    private static async Task<string?[]> NumbersAsync<T>(
        ParquetRowGroupReader group, DataField field, int count, CancellationToken cancellationToken)
        where T : struct, IFormattable
    {
        if (field.MaxDefinitionLevel > 0)
        {
            var values = new T?[count];
            await group.ReadAsync<T>(field, values.AsMemory(), cancellationToken: cancellationToken);
            return [.. values.Select(value => value?.ToString(null, CultureInfo.InvariantCulture))];
        }

        var numbers = new T[count];
        await group.ReadAsync<T>(field, numbers.AsMemory(), cancellationToken: cancellationToken);
        return [.. numbers.Select(value => value.ToString(null, CultureInfo.InvariantCulture))];
    }
}
