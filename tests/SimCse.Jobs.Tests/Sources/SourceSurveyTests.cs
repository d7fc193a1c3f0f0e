using SimCse.Jobs.Sources;

namespace SimCse.Jobs.Tests.Sources;

/// <summary>
/// A survey of a gigabyte allocates no more than one of a few lines. Other tests would be counted, too, and run at other times.
/// </summary>
[CollectionDefinition(nameof(SourceSurveyTests), DisableParallelization = true)]
[Collection(nameof(SourceSurveyTests))]
public sealed class SourceSurveyTests
{
    private const long GiB = 1 << 30;
    private const int MiB = 1 << 20;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0, 0, 1)]
    [InlineData(10 * MiB, 0, 103)]
    [InlineData(MiB, 0, 1_024)]
    [InlineData(0, 1, 0)]
    public async Task A_gibibyte_is_read_in_bounded_memory(int lineBytes, int blank, int texts)
    {
        var before = GC.GetTotalAllocatedBytes(precise: true);
        var table = new ShardTable(ShardLimits.Default);
        await using var source = await SourceStream.OpenAsync(
            new Repeated(GiB, lineBytes, blank > 0), new SourceFormat(SourceKind.Txt), SourceColumns.Default, long.MaxValue,
            encoding: null, Cancellation);

        var survey = SourceSurvey.ReadAsync(
            source, source.Text, new SourceFormat(SourceKind.Txt), SourceColumns.Default, table, Cancellation);
        var failure = await Record.ExceptionAsync(() => survey);

        Assert.Equal(texts == 0, failure is PermanentJobException);
        Assert.Equal(texts, table.Texts);
        Assert.InRange(GC.GetTotalAllocatedBytes(precise: true) - before, 0, 64 * MiB);
    }

    /// <summary>The letter x, with a line feed at the end of each line; or nothing but line feeds.</summary>
    private sealed class Repeated(long length, int lineBytes, bool blank) : ForwardStream
    {
        private long _position;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var count = (int)Math.Min(buffer.Length, length - _position);
            buffer.Span[..count].Fill(blank ? (byte)'\n' : (byte)'x');
            for (var end = lineBytes == 0 ? length : lineBytes - 1 - (_position % lineBytes); end < count; end += lineBytes)
            {
                buffer.Span[(int)end] = (byte)'\n';
            }

            _position += count;
            return ValueTask.FromResult(count);
        }
    }
}
