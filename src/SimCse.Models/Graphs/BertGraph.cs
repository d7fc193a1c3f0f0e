using System.Numerics.Tensors;
using SimCse.Inference.Operators;
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
internal sealed class BertGraph(OnnxGraph graph, BertConfig config, Checkpoint weights, LinearNodes linears)
    : BertLayers(graph, config, weights, linears)
{
    /// <param name="classificationOnly">Whether only the first position is needed; the result is then [batch, 1, hidden].</param>
    /// <returns>The name of the last hidden state, float32 [batch, length, hidden].</returns>
    public string Write(bool classificationOnly)
    {
        AddInput();
        var state = Embeddings();
        for (var layer = 0; layer < Config.NumHiddenLayers; layer++)
        {
            state = Layer(layer, state, classificationOnly && layer == Config.NumHiddenLayers - 1);
        }

        return Linears.IsHalf ? Widened("encoder.state", state) : state;
    }

    private string Embeddings()
    {
        var (words, positions) = Embeddings(Linears.HalvesEmbeddings);
        return LayerNorm("embeddings.LayerNorm", Result(Graph.Node("Add", "embeddings.sum", [words, positions])));
    }

    private string Layer(int number, string state, bool classificationOnly)
    {
        var name = LayerName(number);
        var rows = classificationOnly ? First($"{name}.cls", state) : state;
        var move = Linears.Move($"{name}.attention.output.dense");
        var inputs = AttentionInputs(name, rows, state, move);
        var attention = Result(Graph.Fused(
            "MultiHeadAttention", $"{name}.attention", inputs, ("num_heads", (long)Config.NumAttentionHeads)));
        var attended = Sum(
            $"{name}.attention.output", attention, Hidden, rows, () => AttentionOutputBias(name), new InputBounds(Hull: inputs[2]), move);
        var (read, readMove) = Moved(attended, $"{name}.intermediate.dense");
        var inner = Activation($"{name}.intermediate", Product($"{name}.intermediate.dense", read, Config.IntermediateSize, readMove));
        return Sum(
            $"{name}.output", inner, Config.IntermediateSize, attended, () => Weights.Read($"{name}.output.dense.bias", Hidden),
            new InputBounds(ActivationKernel.Least));
    }

    private string First(string name, string state) => Graph.Node("Slice", name, [state, "zero", "one", "one"]);

    /// <summary>
    /// A normalised state as the given matrices read it. The residual needs the state itself, so a move takes a LayerNormalization of its
    /// own, which takes a hundredth of a layer's time.
    /// </summary>
    private (string State, ChannelMove? Move) Moved(string state, params string[] matrices)
    {
        if (Linears.Move(matrices) is not { } move)
        {
            return (state, null);
        }

        var (weight, bias) = (Weights.Read($"{state}.weight", Hidden), Weights.Read($"{state}.bias", Hidden));
        move.ApplyTo(weight, bias);
        var name = $"{state}.moved";
        return (LayerNorm(name, LayerNormInput(state), weight, bias), move);
    }

    /// <summary>
    /// Adds the product of a hidden state, and its bias if <see cref="LinearNodes.AddsBias"/>; otherwise the next node adds the bias.
    /// </summary>
    /// <param name="name">The matrix's name.</param>
    /// <param name="input">The input, moved by <paramref name="move"/>.</param>
    /// <param name="columns">The width of the output.</param>
    /// <param name="move">How the input was moved.</param>
    /// <param name="resultMove">How the result is to be moved.</param>
    private string Product(string name, string input, int columns, ChannelMove? move, ChannelMove? resultMove = null)
    {
        var weight = Weights.ReadTransposed($"{name}.weight", Hidden, columns);
        if (!Linears.AddsBias)
        {
            return Linears.Add(Graph, name, input, weight, Hidden, columns, bias: null);
        }

        var bias = Weights.Read($"{name}.bias", columns);
        move?.UndoIn(weight, bias);
        resultMove?.ApplyTo(weight, bias);
        return Linears.Add(Graph, name, input, weight, Hidden, columns, bias);
    }

    /// <summary>
    /// Query, key, value, and their bias where the products lack it. Without one the kernel reads the products as they are, instead of a
    /// copy of all three: the bias of the key adds the same to every score of a query, which softmax ignores, and that of the value is the
    /// same in every sum of values, so that <see cref="AttentionOutputBias"/> has it.
    /// </summary>
    private string[] AttentionInputs(string layer, string rows, string state, ChannelMove? mix)
    {
        var self = $"{layer}.attention.self";
        var (read, move) = Moved(state, $"{self}.query", $"{self}.key", $"{self}.value");
        var asking = move is null ? rows : rows == state ? read : First($"{layer}.cls.moved", read);
        var query = Linears.FusesResiduals
            ? Linear($"{self}.query", asking, Hidden, Hidden)
            : Product($"{self}.query", asking, Hidden, move);
        string[] inputs =
            [query, Product($"{self}.key", read, Hidden, move), Product($"{self}.value", read, Hidden, move, resultMove: mix)];
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
    private string Sum(
        string name, string input, int width, string state, Func<float[]> fusedBias, InputBounds bounds,
        ChannelMove? move = null)
    {
        var dense = $"{name}.dense";
        var weight = Weights.ReadTransposed($"{dense}.weight", width, Hidden);
        if (!Linears.FusesResiduals)
        {
            var bias = Weights.Read($"{dense}.bias", Hidden);
            move?.UndoIn(weight, bias);
            return Residual(name, Linears.Add(Graph, dense, input, weight, width, Hidden, bias, bounds), state);
        }

        var product = Linears.Add(Graph, dense, input, weight, width, Hidden, bias: null);
        var norm = $"{name}.LayerNorm";
        return Result(Graph.Fused(
            "SkipLayerNormalization", norm,
            [
                product, state, Values($"{norm}.weight", Weights.Read($"{norm}.weight", Hidden), Hidden), Bias(norm, Hidden),
                Values($"{dense}.bias", fusedBias(), Hidden),
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
        return Linears.AddsBias || Config.HiddenAct != "gelu"
            ? ActivationNode(name, inputs)
            : Result(Graph.Fused("BiasGelu", $"{name}.gelu", inputs));
    }
}
