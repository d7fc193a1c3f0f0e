using System.Globalization;
using ParquetSharp.Arrow;
using SimCse.Inference;
using SimCse.Jobs.Parts;
using SimCse.Jobs.Plan;
using SimCse.Jobs.State;
using SimCse.Testing;
using PartReader = SimCse.Jobs.Parts.PartReader;
using PartWriter = SimCse.Jobs.Parts.PartWriter;

namespace SimCse.Jobs.Tests.Parts;

[Collection(nameof(JobRig))]
public sealed class VectorTypeTests(AzuriteFixture azurite, DemoBundle demo) : IDisposable
{
    private const int Dimension = 24;
    private const int Rows = 1_500;

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string File => _folder["a.parquet"];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(VectorType.Float32, 1, 0, "FLOAT[]", Dimension)]
    [InlineData(VectorType.Float16, 1, 1 / 4096.0, "FLOAT[]", Dimension)]
    [InlineData(VectorType.Int8, 1, 0.5 / 127, "TINYINT[]", Dimension)]
    [InlineData(VectorType.Int8, 4, 2.0 / 127, "TINYINT[]", Dimension)]
    [InlineData(VectorType.UInt8, 1, 1.0 / 255, "UTINYINT[]", Dimension)]
    [InlineData(VectorType.UInt8, 4, 4.0 / 255, "UTINYINT[]", Dimension)]
    [InlineData(VectorType.Binary, 1, 1, "UTINYINT[]", Dimension / 8)]
    public async Task Vectors_come_back_to_within_half_a_step(VectorType type, float limit, double error, string sqlType, int length)
    {
        var vectors = Vectors(limit);
        var metadata = Metadata(type) with { Range = new VectorRange(limit) };
        await WriteAsync(metadata, vectors);

        var read = await ReadAsync();

        for (var i = 0; i < vectors.Length; i++)
        {
            Assert.Equal(vectors[i], read[i], error + 1e-6);
            Assert.True(type != VectorType.Binary || read[i] == (vectors[i] > 0 ? 1 : -1));
        }

        var columns = await DuckDb.QueryAsync($"select distinct typeof(embedding), len(embedding) from '{File}'", Cancellation);
        Assert.Equal([[sqlType, (long)length]], columns);
        using var arrow = new FileReader(File);
        Assert.Equal(length, ((Apache.Arrow.Types.FixedSizeListType)arrow.Schema.FieldsList[^1].DataType).ListSize);

        // Once more: what was stored is stored again without another loss.
        await WriteAsync(metadata, read);
        Assert.Equal(read, await ReadAsync());
    }

    [Fact]
    public async Task The_formulas_of_the_docs_give_the_same_values()
    {
        foreach (var (type, formula) in new[]
        {
            (VectorType.Int8, "q * 2 / 127"), (VectorType.UInt8, "(2 * q / 255 - 1) * 2"), // the range is -2 to 2
        })
        {
            await WriteAsync(Metadata(type) with { Range = new VectorRange(2) }, Vectors(2));
            var read = await ReadAsync();
            var rows = await DuckDb.QueryAsync(
                $"select [{formula} for q in embedding::double[]]::float[] from '{File}' order by line limit 20", Cancellation);
            var found = rows.SelectMany(row => (IEnumerable<float>)row[0]!).ToArray();
            Assert.Equal(20 * Dimension, found.Length);
            Assert.All(found.Index(), value => Assert.Equal(read[value.Index], value.Item, 1e-6f));
        }
    }

    [Fact]
    public async Task Components_beyond_the_range_become_its_end()
    {
        var vectors = new float[Dimension];
        (vectors[0], vectors[1], vectors[2]) = (7, -7, float.MaxValue);
        await WriteAsync(Metadata(VectorType.Int8), vectors);
        Assert.Equal([1, -1, 1, 0], (await ReadAsync()).Take(4));
        await WriteAsync(Metadata(VectorType.Float16), vectors);
        Assert.Equal([7, -7, 65_504, 0], (await ReadAsync()).Take(4));
    }

    [Theory]
    [InlineData("dense 256→256 tanh", true)]
    [InlineData("normalize", true)]
    [InlineData("dense 8→4 sigmoid", true)]
    [InlineData("dense 8→4 identity", false)]
    [InlineData(null, false)]
    public void A_model_that_ends_in_a_bounded_function_needs_no_calibration(string? last, bool isBounded) =>
        Assert.Equal(isBounded, VectorCalibration.IsBounded(last is null ? [] : ["dense 8→8 tanh", last]));

    [Theory]
    [InlineData("[-1,1]", 1f)]
    [InlineData("[-0.5,0.5]", 0.5f)]
    [InlineData("[0,1]", null)]
    [InlineData("[-1,1", null)]
    [InlineData("[-0,0]", null)]
    [InlineData("[-∞,∞]", null)]
    [InlineData("", null)]
    public void A_range_is_read_as_it_is_written(string text, float? limit) => Assert.Equal(limit, VectorRange.TryParse(text)?.Limit);

    [Fact]
    public async Task Every_part_of_a_job_has_the_type_and_the_range_of_its_options()
    {
        var rig = await JobRig.StartAsync(azurite, demo.Encoder);
        var source = await rig.UploadAsync(string.Concat(Enumerable.Range(1, 5_000).Select(line => $"{line % 7}番目\n")));

        var job = await rig.RunAsync(source, new JobOptions { VectorType = VectorType.Int8 });

        var rows = await rig.QueryAsync(
            job,
            $"select count(*), bool_and(source = '{source}'), any_value(typeof(embedding)), min(list_min(embedding)) < -40 from parts");
        Assert.Equal([5_000L, true, "TINYINT[]", true], rows[0]);
        Assert.True(job.Shards > 1);
    }

    [Fact]
    public async Task A_dimension_that_does_not_fit_fails_the_plan()
    {
        var rig = await JobRig.StartAsync(azurite, demo.Encoder);

        var job = await rig.RunAsync(
            await rig.UploadAsync("猫\n"), new JobOptions { Dimensions = 20, VectorType = VectorType.Binary });

        Assert.Equal("failed", job.State);
        Assert.Contains("20 components; the vector type binary packs eight into a byte", job.Reason, StringComparison.Ordinal);
    }

    private static PartMetadata Metadata(VectorType type) => new()
    {
        Model = new ModelDescription("m", "f", Dimension, Pooling.Cls, Precision.Float32, MaxSequenceLength: 128, Untrained: true),
        Dimension = Dimension,
        Normalized = false,
        VectorType = type,
    };

    private static float[] Vectors(float limit)
    {
        var random = new Random(3);
        float[] edges = [0, limit, -limit, 1e-9f, -1e-9f];
        return [.. edges, .. Enumerable.Range(0, (Rows * Dimension) - edges.Length).Select(_ => ((2 * random.NextSingle()) - 1) * limit)];
    }

    private async Task WriteAsync(PartMetadata metadata, float[] vectors)
    {
        var encoded = new EncodedTexts(vectors.Length / Dimension, Dimension);
        vectors.CopyTo(encoded.Vectors, 0);
        string[] ids = [.. Enumerable.Range(1, encoded.Count).Select(line => line.ToString(CultureInfo.InvariantCulture))];
        await using var file = System.IO.File.Create(File);
        await using var writer = await PartWriter.CreateAsync(file, metadata, includeText: false, cancellationToken: Cancellation);
        await writer.WriteAsync(new PartRows(ids, [.. ids.Select(long.Parse)], [], encoded), Cancellation);
    }

    private async Task<float[]> ReadAsync()
    {
        await using var file = System.IO.File.OpenRead(File);
        await using var reader = await PartReader.OpenAsync(file, "a.parquet", Cancellation);
        return [.. (await reader.ReadAsync(Cancellation).ToListAsync(Cancellation)).SelectMany(rows => rows.Encoded.Vectors)];
    }
}
