using SimCse.Inference.Operators;
using SimCse.Models.Graphs;
using SimCse.Models.Onnx;

namespace SimCse.Models.Quantisation;

/// <summary>
/// Products in 8 bits, each in the form that a plan gives it. Integers add up exactly and no scale depends on another text, so that a
/// vector does not depend on its batch.
/// </summary>
internal sealed class Int8LinearNodes(Calibration calibration, Func<string, ProductForm> formOf) : LinearNodes
{
    private const string Unit = "int8.unit";

    private readonly Dictionary<string, ChannelMove> _moves = [];
    private readonly Dictionary<string, (string Values, string Scales)> _quantised = [];
    private readonly HashSet<string> _constants = [];

    public override bool AddsBias => true;

    public override bool HalvesEmbeddings => true;

    public override ChannelMove? Move(params IReadOnlyList<string> matrices)
    {
        if (matrices.All(matrix => formOf(matrix) == ProductForm.Float32))
        {
            return null;
        }

        var move = calibration.Move(matrices, matrices.Any(matrix => formOf(matrix) == ProductForm.FixedScale));
        foreach (var matrix in matrices)
        {
            _moves[matrix] = move;
        }

        return move;
    }

    public override string Add(
        OnnxGraph graph, string name, string input, float[] weight, int rows, int columns, float[]? bias,
        InputBounds? bounds = null)
    {
        var form = formOf(name);
        if (form == ProductForm.Float32)
        {
            return FloatLinearNodes.Instance.Add(graph, name, input, weight, rows, columns, bias, bounds);
        }

        var (range, move) = (calibration.Range(name), _moves.GetValueOrDefault(name));
        var (matrix, corrected) = Quantise(name, weight, columns, bias);
        bias = bias is null ? null : corrected;
        var values = graph.Int8Weight($"{name}.weight", matrix.Values, rows, columns);
        var scales = graph.Weight($"{name}.scale", matrix.Scales, columns);
        if (form == ProductForm.FixedScale)
        {
            var (quantised, scale) = QuantiseFixed(graph, input, range.Magnitude(move));
            string[] inputs = [quantised, values, scale, scales, Zero(graph, RowForms.Middle)];
            return graph.Fused(
                "MatMulIntegerToFloat", name, bias is null ? inputs : [.. inputs, "", graph.Weight($"{name}.bias", bias, columns)]);
        }

        var zero = bounds?.Least is null ? RowForms.Middle : ActivationKernel.Zero;
        var (tokens, tokenScales) = QuantiseTokens(graph, input, rows, zero, bounds?.Least ?? -RowForms.Smallest * ActivationKernel.Zero);
        var product = graph.Fused(
            "MatMulIntegerToFloat", $"{name}.integers",
            [tokens, values, Once(Unit, () => graph.Weight(Unit, [1])), scales, Zero(graph, zero)]);
        var scaled = AddBias(graph, name, graph.Node("Mul", $"{name}.scaled", [product, tokenScales]), bias);
        var outer = Once($"{input}.outer", () => graph.Node("Shape", $"{input}.outer", [input], ("end", -1L)));
        var width = Once($"width.{columns}", () => graph.Constant($"width.{columns}", [columns], 1));
        var shape = graph.Node("Concat", $"{name}.shape", [outer, width], ("axis", 0L));
        return graph.Node("Reshape", name, [scaled, shape]);
    }

    /// <summary>A matrix in 8 bits, and the bias that goes with it.</summary>
    public (QuantisedMatrix Matrix, float[] Bias) Quantise(string name, float[] weight, int columns, float[]? bias)
    {
        var move = _moves.GetValueOrDefault(name);
        var matrix = calibration.Quantise(name, weight, columns, move);
        return (matrix, Corrected(bias ?? new float[columns], weight, matrix, calibration.Range(name).Means(move)));
    }

    /// <summary>The step between two bytes of a matrix's input with a fixed scale.</summary>
    public float Step(string matrix) =>
        RowForms.Step(calibration.Range(matrix).Magnitude(_moves.GetValueOrDefault(matrix)));

    public override ProductForm FormOf(string matrix) => formOf(matrix);

    /// <summary>Takes from the bias what rounding the weights adds to the product of the mean input.</summary>
    private static float[] Corrected(float[] bias, float[] weight, QuantisedMatrix matrix, float[] means)
    {
        var sums = new double[bias.Length];
        for (var row = 0; row < means.Length; row++)
        {
            for (var column = 0; column < bias.Length; column++)
            {
                var index = (row * bias.Length) + column;
                sums[column] += means[row] * (weight[index] - (matrix.Values[index] * matrix.Scales[column]));
            }
        }

        return [.. bias.Zip(sums, (value, sum) => (float)(value + sum))];
    }

    /// <summary>Quantises each input once: query, key and value share theirs.</summary>
    private (string Values, string Scale) QuantiseFixed(OnnxGraph graph, string input, float magnitude)
    {
        var key = $"{input}.fixed";
        if (!_quantised.TryGetValue(key, out var result))
        {
            var scale = graph.Weight($"{key}.scale", [RowForms.Step(magnitude)]);
            result = (graph.Node("QuantizeLinear", key, [input, scale, Zero(graph, RowForms.Middle)]), scale);
            _quantised.Add(key, result);
        }

        return result;
    }

    /// <summary>Quantises each row of an input, [tokens, width], with a scale of its own.</summary>
    private (string Values, string Scales) QuantiseTokens(OnnxGraph graph, string input, int width, byte zero, float least)
    {
        var key = $"{input}.tokens";
        if (_quantised.TryGetValue(key, out var result))
        {
            return result;
        }

        var shape = Once($"tokens.{width}", () => graph.Constant($"tokens.{width}", [-1, width], 2));
        var rows = graph.Node("Reshape", $"{key}.rows", [input, shape]);
        var read = zero == RowForms.Middle ? graph.Node("Abs", $"{key}.absolute", [rows]) : rows;
        var largest = graph.Node("ReduceMax", $"{key}.largest", [read], ("axes", (long[])[1]), ("keepdims", 0L));
        var step = $"int8.step.{zero}";
        Once(step, () => graph.Weight(step, [1 / (zero == RowForms.Middle ? RowForms.Largest : ActivationKernel.LargestAboveZero)], 1));
        var floor = $"int8.floor.{zero}";
        Once(floor, () => graph.Weight(floor, [-least / ActivationKernel.Zero], 1));
        var scales = graph.Node("Max", $"{key}.scales", [graph.Node("Mul", $"{key}.steps", [largest, step]), floor]);
        var zeros = graph.Node("Expand", $"{key}.zeros", [Zero(graph, zero), graph.Node("Shape", $"{key}.count", [scales])]);
        var values = graph.Node("QuantizeLinear", key, [rows, scales, zeros], ("axis", 0L));
        var column = Once("int8.column", () => graph.Constant("int8.column", [1], 1));
        result = (values, graph.Node("Unsqueeze", $"{key}.column", [scales, column]));
        _quantised.Add(key, result);
        return result;
    }

    private string Zero(OnnxGraph graph, byte zero) => Once($"int8.zero.{zero}", () => graph.UInt8Weight($"int8.zero.{zero}", [zero]));

    private string Once(string name, Func<string> add)
    {
        if (_constants.Add(name))
        {
            add();
        }

        return name;
    }
}
