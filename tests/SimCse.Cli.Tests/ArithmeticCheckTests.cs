using SimCse.Cli.Search;
using SimCse.Inference;
using SimCse.Jobs.Parts;

namespace SimCse.Cli.Tests;

public sealed class ArithmeticCheckTests
{
    private const string Own = "cpu avx512-vnni onnxruntime-1", Other = "cpu avx2 onnxruntime-1";

    [Theory]
    [InlineData(Precision.Int8, Own, null)]
    [InlineData(Precision.Int8, null, null)] // of an earlier release
    [InlineData(Precision.Float32, Other, null)]
    [InlineData(Precision.Int8, Other, $"computed in {Other}; the texts are computed here in {Own}")]
    [InlineData(Precision.Int8Stable, $"{Other}; {Own}", $"computed in {Other} and in {Own}; the texts")]
    public void Only_8_bit_rows_that_came_from_other_machines_are_warned_of(Precision precision, string? label, string? expected)
    {
        var warnings = new List<string>();

        ArithmeticCheck.Check([File(Precision.Float32, label: null), File(precision, label)], Own, warnings.Add);

        Assert.Equal(expected is null ? 0 : 1, warnings.Count);
        Assert.All(warnings, warning => Assert.Contains(expected!, warning, StringComparison.Ordinal));
    }

    private static ParquetVectors File(Precision precision, string? label)
    {
        var metadata = new PartMetadata
        {
            Model = new ModelDescription("m", new string('0', 64), 8, Pooling.Cls, precision, 128, Untrained: true),
            Dimension = 8,
            Normalized = false,
            Arithmetic = label,
        };
        return new ParquetVectors("part.parquet", metadata, hasKept: false, _ => throw new InvalidOperationException("It is not read."));
    }
}
