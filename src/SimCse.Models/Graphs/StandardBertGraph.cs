using SimCse.Inference;
using SimCse.Models.Onnx;
using SimCse.Models.Weights;

namespace SimCse.Models.Graphs;

/// <summary>
/// Writes BERT as other runtimes expect it: int64 <c>input_ids</c>, <c>attention_mask</c> and <c>token_type_ids</c>, padding allowed,
/// nothing but ONNX's own operators, and the last hidden state as an output.
/// </summary>
internal sealed class StandardBertGraph(
    OnnxGraph graph, BertConfig config, Checkpoint weights) : BertLayers(graph, config, weights, FloatLinearNodes.Instance)
{
    private const string AttentionMask = "attention_mask";
    private const string TokenTypeIds = "token_type_ids";
    private const string LastHiddenState = "last_hidden_state";

    /// <summary>The name of the mask as float32 [batch, length], which exists after <see cref="Write"/>.</summary>
    public const string Mask = "mask";

    /// <returns>The name of the last hidden state, [batch, length, hidden]; it is an output already.</returns>
    public string Write()
    {
        foreach (var input in new[] { GraphNames.InputIds, AttentionMask, TokenTypeIds })
        {
            Graph.Input(input, TensorProto.Types.DataType.Int64, "batch", "length");
        }

        Graph.Constant("zero", [0], 1);
        Graph.Constant("one", [1], 1);
        Graph.Constant("heads.split", [0, 0, Config.NumAttentionHeads, Hidden / Config.NumAttentionHeads], 4);
        Graph.Constant("heads.join", [0, 0, Hidden], 3);
        Graph.Weight("attention.scale", [(float)(1 / Math.Sqrt((double)Hidden / Config.NumAttentionHeads))], 1);
        WriteMask();
        var state = Embeddings();
        for (var layer = 0; layer < Config.NumHiddenLayers; layer++)
        {
            state = Layer(LayerName(layer), state);
        }

        Graph.Output(
            LastHiddenState, TensorProto.Types.DataType.Float, "batch", "length",
            Hidden.ToString(System.Globalization.CultureInfo.InvariantCulture));
        return Graph.Node("Identity", LastHiddenState, [state]);
    }

    /// <summary>Writes what is added to the scores, as in transformers: 0 for a token, the lowest float for padding.</summary>
    private void WriteMask()
    {
        Graph.Node("Cast", Mask, [AttentionMask], ("to", (long)TensorProto.Types.DataType.Float));
        var padding = Graph.Node("Sub", "mask.padding", [Graph.Weight("mask.one", [1], 1), Mask]);
        var bias = Graph.Node("Mul", "mask.lowered", [padding, Graph.Weight("mask.lowest", [float.MinValue], 1)]);
        Graph.Node("Unsqueeze", "mask.bias", [bias, Graph.Constant("mask.axes", [1, 2], 2)]);
    }

    private string Embeddings()
    {
        var words = Graph.Weight(
            "embeddings.word", Weights.Read("embeddings.word_embeddings.weight", Config.VocabSize, Hidden), Config.VocabSize, Hidden);
        var positions = Graph.Weight("embeddings.position", PositionsOfFirstType(), Config.MaxPositionEmbeddings, Hidden);
        var types = Graph.Weight("embeddings.type", TypesBesideTheFirst(), Config.TypeVocabSize, Hidden);
        var shape = Graph.Node("Shape", "ids.shape", [GraphNames.InputIds]);
        var length = Graph.Node("Slice", "ids.length", [shape, "one", Graph.Constant("two", [2], 1)]);
        var position = Graph.Node("Slice", "embeddings.positions", [positions, "zero", length, "zero"]);
        var word = Graph.Node("Gather", "embeddings.words", [words, GraphNames.InputIds]);
        var type = Graph.Node("Gather", "embeddings.types", [types, TokenTypeIds]);
        return LayerNorm(
            "embeddings.LayerNorm", Graph.Node("Add", "embeddings.sum", [Graph.Node("Add", "embeddings.typed", [word, type]), position]));
    }

    /// <summary>The differences of all token types from the first one, which is part of the positions already.</summary>
    private float[] TypesBesideTheFirst()
    {
        var types = Weights.Read("embeddings.token_type_embeddings.weight", Config.TypeVocabSize, Hidden);
        var first = types[..Hidden];
        for (var i = 0; i < types.Length; i++)
        {
            types[i] -= first[i % Hidden];
        }

        return types;
    }

    private string Layer(string name, string state)
    {
        var query = Heads($"{name}.attention.self.query", state, 0, 2, 1, 3);
        var key = Heads($"{name}.attention.self.key", state, 0, 2, 3, 1);
        var value = Heads($"{name}.attention.self.value", state, 0, 2, 1, 3);
        var scores = Graph.Node("Mul", $"{name}.scores", [Graph.Node("MatMul", $"{name}.products", [query, key]), "attention.scale"]);
        var shares = Graph.Node("Softmax", $"{name}.shares", [Graph.Node("Add", $"{name}.masked", [scores, "mask.bias"])], ("axis", -1L));
        var context = Graph.Node(
            "Transpose", $"{name}.context", [Graph.Node("MatMul", $"{name}.mix", [shares, value])], ("perm", (long[])[0, 2, 1, 3]));
        var attention = Graph.Node("Reshape", $"{name}.attention", [context, "heads.join"]);
        var attended = Residual($"{name}.attention.output", Linear($"{name}.attention.output.dense", attention, Hidden, Hidden), state);
        var inner = Activation($"{name}.intermediate", Linear($"{name}.intermediate.dense", attended, Hidden, Config.IntermediateSize));
        return Residual($"{name}.output", Linear($"{name}.output.dense", inner, Config.IntermediateSize, Hidden), attended);
    }

    private string Heads(string name, string state, params long[] order)
    {
        var split = Graph.Node("Reshape", $"{name}.heads", [Linear(name, state, Hidden, Hidden), "heads.split"]);
        return Graph.Node("Transpose", $"{name}.transposed", [split], ("perm", order));
    }

    private string Activation(string name, string input) => Config.HiddenAct switch
    {
        "gelu" => GeluNodes.AddExact(Graph, name, input),
        "gelu_new" or "gelu_pytorch_tanh" => GeluNodes.AddTanh(Graph, name, input),
        "relu" => Graph.Node("Relu", $"{name}.relu", [input]),
        _ => throw UnknownActivation(),
    };
}
