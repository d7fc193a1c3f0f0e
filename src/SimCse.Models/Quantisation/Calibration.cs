using System.Runtime.InteropServices;
using System.Security.Cryptography;
using SimCse.Models.Graphs;

namespace SimCse.Models.Quantisation;

/// <summary>What the products of a model read, channel by channel, when it runs on the sentences of a calibration.</summary>
internal sealed class Calibration
{
    /// <summary>How much of an input's range moves into the weights, with a fixed scale and with a scale a token.</summary>
    private const double FixedStrength = 0.8, TokenStrength = 0.5;

    /// <summary>A channel that hardly varies, or that hardly a weight reads, counts as this part of the median.</summary>
    private const float LeastShare = 0.05f;

    private readonly Dictionary<string, CalibratedMatrix> _matrices;
    private readonly Dictionary<string, ChannelRange> _ranges;
    private readonly Dictionary<(string Name, string Hash), QuantisedMatrix> _quantised = [];

    private Calibration(IReadOnlyList<CalibratedMatrix> matrices, Dictionary<string, ChannelRange> ranges)
    {
        (Matrices, _ranges) = (matrices, ranges);
        _matrices = matrices.ToDictionary(matrix => matrix.Name);
    }

    public IReadOnlyList<CalibratedMatrix> Matrices { get; }

    public ChannelRange Range(string matrix) => _ranges[_matrices[matrix].Input];

    /// <param name="runner">Of a graph of <see cref="CalibrationNodes"/>.</param>
    /// <param name="matrices">Those of that graph.</param>
    /// <param name="sequences">The texts of the calibration.</param>
    public static Calibration Run(GraphRunner runner, IReadOnlyList<CalibratedMatrix> matrices, IReadOnlyList<int[]> sequences)
    {
        string[] inputs = [.. matrices.Select(matrix => matrix.Input).Distinct()];
        var ranges = matrices.DistinctBy(matrix => matrix.Input)
            .ToDictionary(matrix => matrix.Input, matrix => new ChannelRange(matrix.Magnitudes.Length));
        runner.Visit(sequences, [.. inputs.SelectMany(CalibrationNodes.Outputs)], outputs =>
        {
            for (var i = 0; i < inputs.Length; i++)
            {
                var means = Values(i, 2);
                var rows = (int)(outputs[(5 * i) + 4].GetTensorDataAsSpan<long>()[0] / means.Length);
                ranges[inputs[i]].Include(rows, Values(i, 0), Values(i, 1), means, Values(i, 3));
            }

            ReadOnlySpan<float> Values(int input, int output) => outputs[(5 * input) + output].GetTensorDataAsSpan<float>();
        });
        return new Calibration(matrices, ranges);
    }

    /// <summary>
    /// The move that makes the channels alike which some matrices read: each is centred and divided by s = width^α / weight^(1−α), scaled
    /// to a median of 1. Of the matrices' divisors the largest counts.
    /// </summary>
    public ChannelMove Move(IReadOnlyList<string> matrices, bool isFixed)
    {
        var range = Range(matrices[^1]); // where [CLS] alone asks, the query sees only a part of what key and value do
        var strength = isFixed ? FixedStrength : TokenStrength;
        var widths = Floored(range.HalfWidths());
        var divisors = new float[widths.Length];
        foreach (var matrix in matrices)
        {
            var magnitudes = Floored(_matrices[matrix].Magnitudes);
            for (var i = 0; i < divisors.Length; i++)
            {
                divisors[i] = Math.Max(divisors[i], (float)(Math.Pow(widths[i], strength) / Math.Pow(magnitudes[i], 1 - strength)));
            }
        }

        var median = Median(divisors);
        return new ChannelMove(range.Centres(), [.. divisors.Select(divisor => divisor / median)]);
    }

    /// <summary>
    /// Quantises a matrix for the inputs that it was calibrated with. A search for the right forms asks for the same again and again, so
    /// results are kept.
    /// </summary>
    /// <param name="name">The matrix's name.</param>
    /// <param name="weight">Its values, with the move undone in them.</param>
    /// <param name="columns">The width of the product's output.</param>
    /// <param name="move">How the input is moved.</param>
    public QuantisedMatrix Quantise(string name, float[] weight, int columns, ChannelMove? move)
    {
        var key = (name, Convert.ToHexString(SHA256.HashData(MemoryMarshal.AsBytes(weight.AsSpan()))));
        if (!_quantised.TryGetValue(key, out var matrix))
        {
            matrix = QuantisedMatrix.Quantise(
                weight, weight.Length / columns, columns, new ErrorFeedback(Range(name).Covariances(move)));
            _quantised.Add(key, matrix);
        }

        return matrix;
    }

    private static float[] Floored(float[] values)
    {
        var floor = Math.Max(LeastShare * Median(values), 1e-20f);
        return [.. values.Select(value => Math.Max(value, floor))];
    }

    private static float Median(float[] values) => values.Order().ElementAt(values.Length / 2);
}
