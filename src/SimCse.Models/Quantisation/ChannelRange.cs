using System.Numerics.Tensors;
using SimCse.Models.Graphs;

namespace SimCse.Models.Quantisation;

/// <summary>
/// Where the values of each channel lie: from the least to the largest in all batches, and as they typically do, which is the mean over the
/// batches. The extremes are often those of a single token. Not thread-safe.
/// </summary>
internal sealed class ChannelRange
{
    private readonly float[] _least, _largest;
    private readonly double[] _leastSums, _largestSums, _sums;
    private readonly float[] _squares;
    private readonly int _block;
    private long _rows;
    private int _batches;

    public ChannelRange(int channels)
    {
        (_least, _largest) = (new float[channels], new float[channels]);
        (_leastSums, _largestSums, _sums) = (new double[channels], new double[channels], new double[channels]);
        _block = ErrorFeedback.BlockOf(channels);
        _squares = new float[channels * _block];
        Array.Fill(_least, float.PositiveInfinity);
        Array.Fill(_largest, float.NegativeInfinity);
    }

    private int Channels => _sums.Length;

    /// <summary>
    /// Adds a batch of so many rows, with the least, largest and mean value of each channel, and the sums of the products of every two
    /// channels of a block.
    /// </summary>
    public void Include(
        int rows, ReadOnlySpan<float> least, ReadOnlySpan<float> largest, ReadOnlySpan<float> means, ReadOnlySpan<float> squares)
    {
        TensorPrimitives.Add(_squares, squares, _squares);
        _rows += rows;
        _batches++;
        for (var i = 0; i < Channels; i++)
        {
            _least[i] = Math.Min(_least[i], least[i]);
            _largest[i] = Math.Max(_largest[i], largest[i]);
            _leastSums[i] += least[i];
            _largestSums[i] += largest[i];
            _sums[i] += (double)means[i] * rows;
        }
    }

    /// <summary>The middles of the typical ranges.</summary>
    public float[] Centres() => [.. _leastSums.Zip(_largestSums, (least, largest) => (float)((least + largest) / 2 / _batches))];

    /// <summary>Half of the widths of the typical ranges.</summary>
    public float[] HalfWidths() => [.. _leastSums.Zip(_largestSums, (least, largest) => (float)((largest - least) / 2 / _batches))];

    /// <summary>The means after a move.</summary>
    public float[] Means(ChannelMove? move) =>
        [.. _sums.Select((sum, i) => (float)(((sum / _rows) - Shift(move, i)) / Divisor(move, i)))];

    /// <summary>The largest magnitude after a move, in all batches.</summary>
    public float Magnitude(ChannelMove? move) => Enumerable.Range(0, Channels).Max(
        i => Math.Max(Shift(move, i) - _least[i], _largest[i] - Shift(move, i)) / Divisor(move, i));

    /// <summary>The covariances within each block after a move.</summary>
    public double[][] Covariances(ChannelMove? move)
    {
        var blocks = new double[Channels / _block][];
        for (var block = 0; block < blocks.Length; block++)
        {
            var start = block * _block;
            blocks[block] = new double[_block * _block];
            for (var i = 0; i < _block; i++)
            {
                for (var j = 0; j < _block; j++)
                {
                    var square = _squares[((start + i) * _block) + j] / (double)_rows;
                    var means = _sums[start + i] / _rows * (_sums[start + j] / _rows);
                    blocks[block][(i * _block) + j] = (square - means) / (Divisor(move, start + i) * (double)Divisor(move, start + j));
                }
            }
        }

        return blocks;
    }

    private static float Shift(ChannelMove? move, int channel) => move?.Shift[channel] ?? 0;

    private static float Divisor(ChannelMove? move, int channel) => move?.Divisor[channel] ?? 1;
}
