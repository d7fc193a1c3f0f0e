using SimCse.Inference;
using SimCse.Models.Onnx;
using SimCse.Models.Weights;

namespace SimCse.Models;

/// <summary>
/// Writes BERT as one graph, from ids to the last hidden state: sequences of equal length, no padding, hence no mask.
/// </summary>
/// <remarks>
/// Add + LayerNormalization stand apart (ONNX Runtime's fused kernel for the two is several times slower on CPU), and so do the projections
/// and the attention (one large product instead of many small ones). With CLS pooling, everything after keys and values of the last layer
/// is computed for [CLS] alone: nothing else reaches the output.
/// </remarks>
internal sealed class BertGraph(OnnxGraph graph, BertConfig config, Checkpoint weights) : BertLayers(graph, config, weights)
{
    /// <param name="classificationOnly">Whether only the first position is wanted; the result is then [batch, 1, hidden].</param>
    /// <returns>The name of the last hidden state, [batch, length, hidden].</returns>
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

        return state;
    }

    private string Embeddings()
    {
        var words = Graph.Weight("embeddings.word", Weights.Read("embeddings.word_embeddings.weight", Config.VocabSize, Hidden), Config.VocabSize, Hidden);
        var positions = Graph.Weight("embeddings.position", PositionsOfFirstType(), Config.MaxPositionEmbeddings, Hidden);
        var shape = Graph.Node("Shape", "ids.shape", [GraphNames.InputIds]);
        var length = Graph.Node("Slice", "ids.length", [shape, "one", Graph.Constant("two", [2], 1)]);
        var position = Graph.Node("Slice", "embeddings.positions", [positions, "zero", length, "zero"]);
        var sum = Graph.Node("Add", "embeddings.sum", [Graph.Node("Gather", "embeddings.words", [words, GraphNames.InputIds]), position]);
        return LayerNorm("embeddings.LayerNorm", sum);
    }

    private string Layer(int number, string state, bool classificationOnly)
    {
        var name = LayerName(number);
        var rows = classificationOnly ? Graph.Node("Slice", $"{name}.cls", [state, "zero", "one", "one"]) : state;
        var attention = Graph.Fused(
            "MultiHeadAttention", $"{name}.attention",
            [
                Product($"{name}.attention.self.query", rows, Hidden, Hidden),
                Product($"{name}.attention.self.key", state, Hidden, Hidden),
                Product($"{name}.attention.self.value", state, Hidden, Hidden),
                AttentionBias(name),
            ],
            ("num_heads", (long)Config.NumAttentionHeads));
        var attended = Residual($"{name}.attention.output", Linear($"{name}.attention.output.dense", attention, Hidden, Hidden), rows);
        var inner = Activation($"{name}.intermediate", Product($"{name}.intermediate.dense", attended, Hidden, Config.IntermediateSize));
        return Residual($"{name}.output", Linear($"{name}.output.dense", inner, Config.IntermediateSize, Hidden), attended);
    }

    private string AttentionBias(string layer)
    {
        float[] bias = [.. Enumerate("query"), .. Enumerate("key"), .. Enumerate("value")];
        return Graph.Weight($"{layer}.attention.self.bias", bias, bias.Length);

        float[] Enumerate(string part) => Weights.Read($"{layer}.attention.self.{part}.bias", Hidden);
    }

    private string Activation(string name, string input)
    {
        var bias = Bias($"{name}.dense", Config.IntermediateSize);
        return Config.HiddenAct switch
        {
            "gelu" => Graph.Fused("BiasGelu", $"{name}.gelu", [input, bias]),
            "gelu_new" or "gelu_pytorch_tanh" => Graph.Fused("FastGelu", $"{name}.gelu", [input, bias]),
            "relu" => Graph.Node("Relu", $"{name}.relu", [Graph.Node("Add", $"{name}.sum", [input, bias])]),
            _ => throw UnknownActivation(),
        };
    }
}
