using System.Numerics.Tensors;
using SimCse.Inference;
using SimCse.Models.Onnx;
using SimCse.Models.Weights;

namespace SimCse.Models.Graphs;

/// <summary>Writes BERT as one graph, from ids to the last hidden state. Sequences have equal length: no padding, no mask.</summary>
/// <remarks>
/// Add + LayerNormalization stand apart (ONNX Runtime's fused kernel for the two is several times slower on CPU, and faster on a GPU:
/// <see cref="LinearNodes.FusesResiduals"/>), and so do the projections and the attention (one large product instead of many small ones).
/// With CLS pooling, everything after keys and values of the last layer is computed for [CLS] alone: nothing else reaches the output.
/// <para>
/// In float16 (<see cref="LinearNodes.IsHalf"/>) sums stay in float32 where they are long: those of a product and of a softmax inside
/// CUDA's kernels, those of LayerNormalization by its definition. The last hidden state is widened, so that pooling and what follows it run
/// in float32: once for a text, they cost nothing, and a mean over 128 tokens or a tanh near 1 keeps its digits.
/// </para>
/// </remarks>
/// <param name="graph">Receives the nodes.</param>
/// <param name="config">The model's shape.</param>
/// <param name="weights">The model's tensors.</param>
/// <param name="linears">How matrices are multiplied.</param>
/// <param name="halfEmbeddings">
/// Whether the word embeddings, a quarter of a base model, are in float16 although the activations are in float32. Each row is widened when
/// it is read.
/// </param>
internal sealed class BertGraph(OnnxGraph graph, BertConfig config, Checkpoint weights, LinearNodes linears, bool halfEmbeddings = false)
    : BertLayers(graph, config, weights, linears)
{
    /// <param name="classificationOnly">Whether only the first position is needed; the result is then [batch, 1, hidden].</param>
    /// <returns>The name of the last hidden state, float32 [batch, length, hidden].</returns>
    public string Write(bool classificationOnly)
    {
        Graph.Input(GraphNames.InputIds, TensorProto.Types.DataType.Int32, "batch", "length");
        Graph.Constant("zero", [0], 1);
        Graph.Constant("one", [1], 1);
        var state = Embeddings();
        for (var layer = 0; layer < Config.NumHiddenLayers; layer++)
        {
            state = Layer(layer, state, classificationOnly && layer == Config.NumHiddenLayers - 1);
        }

        return Linears.IsHalf ? Widened("encoder.state", state) : state;
    }

    private string Embeddings()
    {
        var words = WordTable();
        var positions = Values("embeddings.position", PositionsOfFirstType(), Config.MaxPositionEmbeddings, Hidden);
        var shape = Graph.Node("Shape", "ids.shape", [GraphNames.InputIds]);
        var length = Graph.Node("Slice", "ids.length", [shape, "one", Graph.Constant("two", [2], 1)]);
        var position = Graph.Node("Slice", "embeddings.positions", [positions, "zero", length, "zero"]);
        var sum = Result(Graph.Node("Add", "embeddings.sum", [Words(words), position]));
        return LayerNorm("embeddings.LayerNorm", sum);
    }

    private string WordTable()
    {
        var table = Weights.Read("embeddings.word_embeddings.weight", Config.VocabSize, Hidden);
        return halfEmbeddings
            ? Graph.HalfWeight("embeddings.word", table, Config.VocabSize, Hidden)
            : Values("embeddings.word", table, Config.VocabSize, Hidden);
    }

    private string Words(string table) => halfEmbeddings
        ? Widened("embeddings.words", Graph.Node("Gather", "embeddings.halves", [table, GraphNames.InputIds]))
        : Graph.Node("Gather", "embeddings.words", [table, GraphNames.InputIds]);

    private string Widened(string name, string halves) =>
        Graph.Node("Cast", name, [halves], ("to", (long)TensorProto.Types.DataType.Float));

    private string Layer(int number, string state, bool classificationOnly)
    {
        var name = LayerName(number);
        var rows = classificationOnly ? Graph.Node("Slice", $"{name}.cls", [state, "zero", "one", "one"]) : state;
        var attention = Result(Graph.Fused(
            "MultiHeadAttention", $"{name}.attention", AttentionInputs(name, rows, state),
            ("num_heads", (long)Config.NumAttentionHeads)));
        var attended = Sum($"{name}.attention.output", attention, Hidden, rows, () => AttentionOutputBias(name));
        var inner = Activation($"{name}.intermediate", Product($"{name}.intermediate.dense", attended, Hidden, Config.IntermediateSize));
        return Sum($"{name}.output", inner, Config.IntermediateSize, attended, () => Weights.Read($"{name}.output.dense.bias", Hidden));
    }

    /// <summary>
    /// Query, key, value, and their bias where the products lack it. Without one the kernel reads the products as they are, instead of a
    /// copy of all three: the bias of the key adds the same to every score of a query, which softmax ignores, and that of the value is the
    /// same in every sum of values, so that <see cref="AttentionOutputBias"/> has it.
    /// </summary>
    private string[] AttentionInputs(string layer, string rows, string state)
    {
        var self = $"{layer}.attention.self";
        var query = Linears.FusesResiduals ? Linear($"{self}.query", rows, Hidden, Hidden) : Product($"{self}.query", rows, Hidden, Hidden);
        string[] inputs = [query, Product($"{self}.key", state, Hidden, Hidden), Product($"{self}.value", state, Hidden, Hidden)];
        return Linears.FusesResiduals || Linears.AddsBias ? inputs : [.. inputs, AttentionBias(layer)];
    }

    /// <summary>The bias of the attention's output, and what the bias of its values becomes there.</summary>
    private float[] AttentionOutputBias(string layer)
    {
        var bias = Weights.Read($"{layer}.attention.output.dense.bias", Hidden);
        var values = Weights.Read($"{layer}.attention.self.value.bias", Hidden);
        var weight = Weights.Read($"{layer}.attention.output.dense.weight", Hidden, Hidden);
        for (var i = 0; i < Hidden; i++)
        {
            bias[i] += TensorPrimitives.Dot(weight.AsSpan(i * Hidden, Hidden), values);
        }

        return bias;
    }

    /// <summary>input · weight + bias + state, normalised.</summary>
    private string Sum(string name, string input, int width, string state, Func<float[]> bias)
    {
        if (!Linears.FusesResiduals)
        {
            return Residual(name, Linear($"{name}.dense", input, width, Hidden), state);
        }

        var dense = $"{name}.dense";
        var product = Linears.Add(Graph, dense, input, Weights.ReadTransposed($"{dense}.weight", width, Hidden), width, Hidden, bias: null);
        var norm = $"{name}.LayerNorm";
        return Result(Graph.Fused(
            "SkipLayerNormalization", norm,
            [
                product, state, Values($"{norm}.weight", Weights.Read($"{norm}.weight", Hidden), Hidden), Bias(norm, Hidden),
                Values($"{dense}.bias", bias(), Hidden),
            ],
            ("epsilon", Config.LayerNormEps)));
    }

    private string AttentionBias(string layer)
    {
        float[] bias = [.. Enumerate("query"), .. Enumerate("key"), .. Enumerate("value")];
        return Values($"{layer}.attention.self.bias", bias, bias.Length);

        float[] Enumerate(string part) => Weights.Read($"{layer}.attention.self.{part}.bias", Hidden);
    }

    private string Activation(string name, string input)
    {
        string[] inputs = Linears.AddsBias ? [input] : [input, Bias($"{name}.dense", Config.IntermediateSize)];
        return Result(Config.HiddenAct switch
        {
            "gelu" => Graph.Fused(Linears.AddsBias ? "Gelu" : "BiasGelu", $"{name}.gelu", inputs),
            "gelu_new" or "gelu_pytorch_tanh" => Graph.Fused("FastGelu", $"{name}.gelu", inputs),
            "relu" => Graph.Node("Relu", $"{name}.relu", [Linears.AddsBias ? input : Graph.Node("Add", $"{name}.sum", inputs)]),
            _ => throw UnknownActivation(),
        });
    }
}
