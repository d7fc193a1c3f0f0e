using System.Globalization;
using SimCse.Inference;
using SimCse.Models.Onnx;
using SimCse.Models.Weights;

namespace SimCse.Models.Graphs;

/// <summary>The parts of BERT that every form of its graph has: products, biases, residuals, normalisation.</summary>
internal abstract class BertLayers(OnnxGraph graph, BertConfig config, Checkpoint weights, LinearNodes linears)
{
    private readonly Dictionary<string, string> _normalised = [];

    protected OnnxGraph Graph => graph;

    protected BertConfig Config => config;

    protected Checkpoint Weights => weights;

    protected LinearNodes Linears => linears;

    protected int Hidden => config.HiddenSize;

    protected static string LayerName(int number) => string.Create(CultureInfo.InvariantCulture, $"encoder.layer.{number}");

    /// <summary>The position embeddings plus the embedding of type 0, which every token of a single text has.</summary>
    protected float[] PositionsOfFirstType()
    {
        var positions = Weights.Read("embeddings.position_embeddings.weight", Config.MaxPositionEmbeddings, Hidden);
        var types = Weights.Read("embeddings.token_type_embeddings.weight", Config.TypeVocabSize, Hidden);
        for (var i = 0; i < positions.Length; i++)
        {
            positions[i] += types[i % Hidden];
        }

        return positions;
    }

    /// <summary>The input, and the constants that graphs without a mask share.</summary>
    protected void AddInput()
    {
        Graph.Input(GraphNames.InputIds, TensorProto.Types.DataType.Int32, "batch", "length");
        Graph.Constant("zero", [0], 1);
        Graph.Constant("one", [1], 1);
    }

    /// <summary>
    /// The embeddings of the words, [batch, length, hidden], and of the positions and type 0, [length, hidden], which are added to them.
    /// </summary>
    /// <param name="halves">Whether the table is in float16.</param>
    protected (string Words, string Positions) Embeddings(bool halves)
    {
        var table = Weights.Read("embeddings.word_embeddings.weight", Config.VocabSize, Hidden);
        var words = halves
            ? Graph.HalfWeight("embeddings.word", table, Config.VocabSize, Hidden)
            : Values("embeddings.word", table, Config.VocabSize, Hidden);
        var positions = Values("embeddings.position", PositionsOfFirstType(), Config.MaxPositionEmbeddings, Hidden);
        var shape = Graph.Node("Shape", "ids.shape", [GraphNames.InputIds]);
        var length = Graph.Node("Slice", "ids.length", [shape, "one", Graph.Constant("two", [2], 1)]);
        var position = Graph.Node("Slice", "embeddings.positions", [positions, "zero", length, "zero"]);
        var gathered = Graph.Node("Gather", halves ? "embeddings.halves" : "embeddings.words", [words, GraphNames.InputIds]);
        return (halves ? Widened("embeddings.words", gathered) : gathered, position);
    }

    protected string Widened(string name, string halves) =>
        Graph.Node("Cast", name, [halves], ("to", (long)TensorProto.Types.DataType.Float));

    protected string ActivationNode(string name, params string[] inputs) => Result(Config.HiddenAct switch
    {
        "gelu" => Graph.Fused("Gelu", $"{name}.gelu", inputs),
        "gelu_new" or "gelu_pytorch_tanh" => Graph.Fused("FastGelu", $"{name}.gelu", inputs),
        "relu" => Graph.Node("Relu", $"{name}.relu", [inputs is [var input] ? input : Graph.Node("Add", $"{name}.sum", inputs)]),
        _ => throw UnknownActivation(),
    });

    protected string Linear(string name, string input, int rows, int columns) => Linears.Add(
        Graph, name, input, Weights.ReadTransposed($"{name}.weight", rows, columns), rows, columns, Weights.Read($"{name}.bias", columns));

    protected string Bias(string name, int columns) => Values($"{name}.bias", Weights.Read($"{name}.bias", columns), columns);

    protected string Values(string name, float[] values, params int[] shape) => Linears.Vector(Graph, name, values, shape);

    protected string Result(string node) => Linears.Result(Graph, node);

    protected string Residual(string name, string change, string state) =>
        LayerNorm($"{name}.LayerNorm", Result(Graph.Node("Add", $"{name}.residual", [change, state])));

    protected string LayerNorm(string name, string input)
    {
        _normalised[name] = input;
        return LayerNorm(name, input, Weights.Read($"{name}.weight", Hidden), Weights.Read($"{name}.bias", Hidden));
    }

    /// <summary>Mean and variance are computed in float32 for every input type: the operator's <c>stash_type</c> is 1 by default.</summary>
    protected string LayerNorm(string name, string input, float[] weight, float[] bias) => Result(Graph.Node(
        "LayerNormalization", name, [input, Values($"{name}.weight", weight, Hidden), Values($"{name}.bias", bias, Hidden)],
        ("axis", -1L), ("epsilon", Config.LayerNormEps)));

    /// <summary>What a normalised state was made of.</summary>
    protected string LayerNormInput(string name) => _normalised[name];

    protected NotSupportedException UnknownActivation() =>
        new($"config.json: hidden_act '{Config.HiddenAct}' is not supported; expected gelu, gelu_new or relu.");
}
