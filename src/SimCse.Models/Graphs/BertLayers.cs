using System.Globalization;
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
