using Apache.Arrow;
using Apache.Arrow.Types;
using ParquetSharp.Arrow;
using SimCse.Inference;
using SimCse.Jobs.Parts;
using SimCse.Testing;
using PartWriter = SimCse.Jobs.Parts.PartWriter;

namespace SimCse.Jobs.Tests.Parts;

/// <summary>ParquetSharp is Arrow's own reader of Parquet, the one that pyarrow has.</summary>
public sealed class ArrowSchemaTests : IDisposable
{
    private static readonly PartMetadata Metadata = new()
    {
        Model = new ModelDescription("m", "f", Dimension: 3, Pooling.Cls, Precision.Float32, MaxSequenceLength: 128, Untrained: true),
        Dimension = 3,
        Normalized = false,
    };

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string File => _folder["a.parquet"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Arrow_reads_vectors_as_lists_of_a_fixed_size_without_nulls()
    {
        await WriteAsync(rows: 2_000);

        using var reader = new FileReader(File);
        Assert.Equal(
            [
                "id: utf8 not null", "line: int64 not null", "text: utf8 not null", "tokens: int32 not null", "truncated: bool not null",
                "embedding: fixed_size_list<element: float not null>[3]",
            ],
            reader.Schema.FieldsList.Select(Describe));
        using var batches = reader.GetRecordBatchReader();
        var vectors = new List<float>();
        while (await batches.ReadNextRecordBatchAsync(Cancellation) is { } batch)
        {
            using (batch)
            {
                var lists = (FixedSizeListArray)batch.Column("embedding");
                Assert.Equal(0, lists.NullCount);
                vectors.AddRange(((FloatArray)lists.Values).Values);
            }
        }

        Assert.Equal(Vectors(2_000), vectors);
    }

    [Fact]
    public async Task A_part_without_rows_has_the_same_types()
    {
        await WriteAsync(rows: 0);

        using var reader = new FileReader(File);
        Assert.Contains("fixed_size_list<element: float not null>[3]", Describe(reader.Schema.FieldsList[^1]), StringComparison.Ordinal);
    }

    private static float[] Vectors(int rows) => [.. Enumerable.Range(0, 3 * rows).Select(i => i / 8f)];

    private async Task WriteAsync(int rows)
    {
        var encoded = new EncodedTexts(rows, 3);
        Vectors(rows).CopyTo(encoded.Vectors, 0);
        string[] ids = [.. Enumerable.Range(1, rows).Select(line => $"{line}")];
        await using var file = System.IO.File.Create(File);
        await using var writer = await PartWriter.CreateAsync(file, Metadata, includeText: true, cancellationToken: Cancellation);
        await writer.WriteAsync(new PartRows(ids, [.. ids.Select(long.Parse)], ids, encoded), Cancellation);
    }

    private static string Describe(Field field) => $"{field.Name}: {Describe(field.DataType)}{(field.IsNullable ? "" : " not null")}";

    private static string Describe(IArrowType type) => type switch
    {
        FixedSizeListType list => $"{list.Name}<{Describe(list.ValueField)}>[{list.ListSize}]",
        TimestampType timestamp => $"timestamp[{timestamp.Unit}, {timestamp.Timezone}]",
        _ => type.Name,
    };
}
