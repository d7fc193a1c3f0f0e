using SimCse.Models.Onnx;

namespace SimCse.Models.Graphs;

/// <summary>How a graph multiplies by its weight matrices: in float32, in float16, or in one of the quantised ways.</summary>
internal abstract class LinearNodes
{
    /// <summary>Whether the product adds the bias itself; otherwise the next node gets it, if that node can take one.</summary>
    public virtual bool AddsBias => false;

    /// <summary>Whether the input and output of products are float16, and so is everything between two products.</summary>
    public virtual bool IsHalf => false;

    /// <summary>
    /// Whether the word embeddings, a quarter of a base model, are in float16 although the activations are in float32. Each row is widened
    /// when it is read.
    /// </summary>
    public virtual bool HalvesEmbeddings => false;

    /// <summary>Whether bias, residual sum and LayerNormalization are one node, as a GPU likes them, which waits for memory.</summary>
    public virtual bool FusesResiduals => false;

    /// <summary>Adds a weight that is not a matrix, in the type of the activations.</summary>
    public virtual string Vector(OnnxGraph graph, string name, float[] values, params int[] shape) => graph.Weight(name, values, shape);

    /// <summary>The name that the next node reads for a node's result.</summary>
    public virtual string Result(OnnxGraph graph, string result) => result;

    /// <summary>
    /// How a value is moved before these matrices read it; <see langword="null"/> to leave it. Only where products add biases.
    /// </summary>
    public virtual ChannelMove? Move(params IReadOnlyList<string> matrices) => null;

    /// <summary>The form of a matrix's input in bytes; float32 where the product takes that, whatever it makes of it.</summary>
    public virtual ProductForm FormOf(string matrix) => ProductForm.Float32;

    /// <summary>Adds input · weight + bias.</summary>
    /// <param name="graph">Receives nodes and weights.</param>
    /// <param name="name">The matrix's name in BERT's code.</param>
    /// <param name="input">The input, […, rows].</param>
    /// <param name="weight">The matrix, [rows, columns], row-major.</param>
    /// <param name="rows">The width of the input.</param>
    /// <param name="columns">The width of the output.</param>
    /// <param name="bias">The bias, [columns]; <see langword="null"/> for none.</param>
    /// <param name="bounds">What is known of the input; <see langword="null"/> for nothing.</param>
    /// <returns>The name of the result.</returns>
    public abstract string Add(
        OnnxGraph graph, string name, string input, float[] weight, int rows, int columns, float[]? bias,
        InputBounds? bounds = null);

    protected string AddBias(OnnxGraph graph, string name, string product, float[]? bias) => bias is null
        ? product
        : Result(graph, graph.Node("Add", $"{name}.sum", [product, Vector(graph, $"{name}.bias", bias, bias.Length)]));
}

/// <summary>Products in float32.</summary>
internal sealed class FloatLinearNodes : LinearNodes
{
    public static readonly FloatLinearNodes Instance = new();

    public override string Add(
        OnnxGraph graph, string name, string input, float[] weight, int rows, int columns, float[]? bias,
        InputBounds? bounds = null) =>
        AddBias(graph, name, graph.Node("MatMul", name, [input, graph.Weight($"{name}.weight", weight, rows, columns)]), bias);
}
