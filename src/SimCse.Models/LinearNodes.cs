using SimCse.Models.Onnx;

namespace SimCse.Models;

/// <summary>How a graph multiplies by its weight matrices: in float32, or in one of the quantised ways.</summary>
internal abstract class LinearNodes
{
    /// <summary>Whether the product adds the bias itself; otherwise whatever comes next is given it where it can take one.</summary>
    public virtual bool AddsBias => false;

    /// <summary>input · weight + bias.</summary>
    /// <param name="graph">Receives nodes and weights.</param>
    /// <param name="name">Of the matrix, as BERT's code calls it.</param>
    /// <param name="input">[…, rows].</param>
    /// <param name="weight">[rows, columns], row-major.</param>
    /// <param name="rows">Width of the input.</param>
    /// <param name="columns">Width of the output.</param>
    /// <param name="bias">Adds the bias to the graph and names it; called once, after the weight. <see langword="null"/> for none.</param>
    /// <returns>The name of the result.</returns>
    public abstract string Add(OnnxGraph graph, string name, string input, float[] weight, int rows, int columns, Func<string>? bias);

    protected static string AddBias(OnnxGraph graph, string name, string product, Func<string>? bias) =>
        bias is null ? product : graph.Node("Add", $"{name}.sum", [product, bias()]);
}

/// <summary>Products in float32.</summary>
internal sealed class FloatLinearNodes : LinearNodes
{
    public static readonly FloatLinearNodes Instance = new();

    public override string Add(OnnxGraph graph, string name, string input, float[] weight, int rows, int columns, Func<string>? bias) =>
        AddBias(graph, name, graph.Node("MatMul", name, [input, graph.Weight($"{name}.weight", weight, rows, columns)]), bias);
}
