using SimCse.Inference.Operators;
using SimCse.Models.Graphs;
using SimCse.Models.Onnx;
using SimCse.Models.Weights;

namespace SimCse.Models.Quantisation;

/// <summary>
/// Writes BERT with products of integers and, between them, operators that read and write each row once
/// (<see cref="EncoderFunctions"/>). Where matrices that read one value have different forms, and in 16 bits, that value is float32, and
/// the <see cref="LinearNodes"/> do the rest.
/// </summary>
internal sealed class IntegerBertGraph(OnnxGraph graph, BertConfig config, Checkpoint weights, LinearNodes linears)
    : BertLayers(graph, config, weights, linears)
{
    private const string Unit = "int8.row_scale", Middle = "int8.128", AboveZero = "int8.24";

    private readonly Int8LinearNodes? _bytes = linears as Int8LinearNodes;

    /// <summary>Whether the operators can read the model's rows, which must be whole vectors.</summary>
    public static bool Takes(BertConfig config) => config.HiddenSize % Lanes.Count == 0 && config.IntermediateSize % Lanes.Count == 0;

    /// <inheritdoc cref="BertGraph.Write"/>
    public string Write(bool classificationOnly)
    {
        AddInput();
        Graph.Weight(Unit, [1], 1);
        Graph.UInt8Weight(Middle, [RowForms.Middle]);
        Graph.UInt8Weight(AboveZero, [ActivationKernel.Zero]);
        var (words, positions) = Embeddings(Linears.HalvesEmbeddings);
        var state = Norm("embeddings.LayerNorm", new Product(words, Unit, new float[Hidden]), positions, Asking(0));
        for (var layer = 0; layer < Config.NumHiddenLayers; layer++)
        {
            state = Layer(layer, state, classificationOnly && layer == Config.NumHiddenLayers - 1);
        }

        return state.Values;
    }

    private string[] Asking(int layer) => layer == Config.NumHiddenLayers
        ? []
        : [.. ((string[])["query", "key", "value"]).Select(part => $"{LayerName(layer)}.attention.self.{part}")];

    private State Layer(int number, State state, bool classificationOnly)
    {
        var name = LayerName(number);
        var rows = classificationOnly ? First(name, state) : state;
        var mixed = Attention($"{name}.attention", Asking(number), rows, state);
        var attended = Norm(
            $"{name}.attention.output.LayerNorm", Multiply([$"{name}.attention.output.dense"], mixed, Hidden, Hidden), rows.Values,
            $"{name}.intermediate.dense");
        var inner = Activation(name, attended);
        var output = Multiply([$"{name}.output.dense"], inner, Config.IntermediateSize, Hidden);
        return Norm($"{name}.output.LayerNorm", output, attended.Values, Asking(number + 1));
    }

    private State First(string layer, State state)
    {
        var reads = state.Reads;
        var scale = reads.Form == ProductForm.TokenScale ? Slice($"{layer}.cls.scales", reads.Scale) : reads.Scale;
        return new State(
            Slice($"{layer}.cls", state.Values), reads with { Value = Slice($"{layer}.cls.read", reads.Value), Scale = scale });

        string Slice(string name, string value) => Graph.Node("Slice", name, [value, "zero", "one", "one"]);
    }

    /// <summary>LayerNorm(product + residual), and the same as <paramref name="readers"/> read it.</summary>
    private State Norm(string name, Product product, string residual, params string[] readers)
    {
        var (weight, shift) = (Weights.Read($"{name}.weight", Hidden), Weights.Read($"{name}.bias", Hidden));
        string[] inputs =
        [
            product.Value, product.RowScales, Graph.Weight($"{name}.sum.bias", product.Bias, Hidden), residual,
            Graph.Weight($"{name}.weight", weight, Hidden), Graph.Weight($"{name}.bias", shift, Hidden),
        ];
        var epsilon = ("epsilon", (object)Config.LayerNormEps);
        if (readers.Length == 0 || Linears.Move(readers) is not { } move)
        {
            Graph.Call(EncoderFunctions.Norm, inputs, [name], epsilon);
            return new State(name, new Reading(name));
        }

        move.ApplyTo(weight, shift);
        var forms = readers.Select(Linears.FormOf).Distinct().ToArray();
        var read = new Reading($"{name}.read", forms.Length == 1 ? forms[0] : ProductForm.Float32, Move: move);
        if (read.Form == ProductForm.FixedScale)
        {
            var step = _bytes!.Step(readers[^1]);
            read = read with { Scale = Graph.Weight($"{name}.step", [step]), Zero = Middle };
            (weight, shift) = ([.. weight.Select(value => value / step)], [.. shift.Select(value => value / step)]);
        }

        inputs =
        [
            .. inputs, Graph.Weight($"{name}.read.weight", weight, Hidden), Graph.Weight($"{name}.read.bias", shift, Hidden),
        ];
        switch (read.Form)
        {
            case ProductForm.FixedScale:
                Graph.Call(EncoderFunctions.NormFixed, inputs, [name, read.Value], epsilon);
                break;
            case ProductForm.TokenScale:
                read = read with { Scale = $"{name}.scales", Zero = Middle };
                Graph.Call(EncoderFunctions.NormToken, inputs, [name, read.Value, read.Scale], epsilon);
                break;
            default:
                Graph.Call(EncoderFunctions.NormMoved, inputs, [name, read.Value], epsilon);
                break;
        }

        return new State(name, read);
    }

    /// <summary>The attention as its output's matrix reads it. Query, key and value that read the same rows are one product.</summary>
    private Reading Attention(string name, string[] asking, State rows, State state)
    {
        var dense = $"{name}.output.dense";
        var move = Linears.Move(dense);
        var inOneProduct = state.Reads.Form != ProductForm.Float32;
        string[][] products = !inOneProduct ? [.. asking.Select(matrix => (string[])[matrix])]
            : rows == state ? [asking] : [asking[..1], asking[1..]];
        var (inputs, ends) = (new List<string>(), new List<int>());
        foreach (var product in products)
        {
            var read = product[0] == asking[0] ? rows.Reads : state.Reads;
            var value = Complete(product[0], Multiply(product, read, Hidden, Hidden, name => name == asking[^1] ? move : null, adds: true));
            inputs.AddRange(Enumerable.Repeat(value, product.Length));
            ends.AddRange(Enumerable.Range(1, product.Length).Select(part => part * Hidden));
        }

        (string Name, object Value)[] attributes =
        [
            ("query_end", (long)ends[0]), ("key_end", (long)ends[1]), ("value_end", (long)ends[2]), ("width", (long)Hidden),
            ("heads", (long)Config.NumAttentionHeads), ("scale", 1 / MathF.Sqrt((float)Hidden / Config.NumAttentionHeads)),
        ];
        switch (Linears.FormOf(dense))
        {
            case ProductForm.FixedScale:
                var step = _bytes!.Step(dense);
                Graph.Call(EncoderFunctions.AttentionFixed, [.. inputs], [name], [.. attributes, ("step", step)]);
                return new Reading(name, ProductForm.FixedScale, Graph.Weight($"{name}.step", [step]), Middle, move);
            case ProductForm.TokenScale:
                Graph.Call(EncoderFunctions.AttentionToken, [.. inputs], [name, $"{name}.scales"], attributes);
                return new Reading(name, ProductForm.TokenScale, $"{name}.scales", Middle, move);
            default:
                Graph.Call(EncoderFunctions.Attention, [.. inputs], [name], attributes);
                return new Reading(name, Move: move);
        }
    }

    private Reading Activation(string layer, State state)
    {
        var (name, next) = ($"{layer}.intermediate", $"{layer}.output.dense");
        var inBytes = Linears.FormOf(next) == ProductForm.TokenScale;
        var product = Multiply([$"{name}.dense"], state.Reads, Hidden, Config.IntermediateSize, adds: !inBytes);
        if (!inBytes)
        {
            return new Reading(ActivationNode(name, Complete($"{name}.dense", product)));
        }

        var function = Config.HiddenAct switch
        {
            "gelu" => ActivationKernel.Function.Gelu,
            "gelu_new" or "gelu_pytorch_tanh" => ActivationKernel.Function.GeluTanh,
            "relu" => ActivationKernel.Function.Relu,
            _ => throw UnknownActivation(),
        };
        var bias = Graph.Weight($"{name}.dense.bias", product.Bias, product.Bias.Length);
        var read = new Reading($"{name}.read", ProductForm.TokenScale, $"{name}.scales", AboveZero);
        Graph.Call(EncoderFunctions.Activation(function), [product.Value, product.RowScales, bias], [read.Value, read.Scale]);
        return read;
    }

    /// <summary>Products that read one value, side by side in one.</summary>
    /// <param name="names">The matrices' names.</param>
    /// <param name="input">The value.</param>
    /// <param name="rows">Its width.</param>
    /// <param name="columns">The width of each output.</param>
    /// <param name="resultMove">How the result of a matrix is to be moved.</param>
    /// <param name="adds">Whether the product shall add the bias itself, if it can.</param>
    private Product Multiply(
        string[] names, Reading input, int rows, int columns, Func<string, ChannelMove?>? resultMove = null, bool adds = false)
    {
        var matrices = names.Select(name =>
        {
            var (weight, bias) = (Weights.ReadTransposed($"{name}.weight", rows, columns), Weights.Read($"{name}.bias", columns));
            input.Move?.UndoIn(weight, bias);
            resultMove?.Invoke(name)?.ApplyTo(weight, bias);
            return (Name: name, Weight: weight, Bias: bias);
        }).ToArray();
        if (input.Form == ProductForm.Float32)
        {
            var (name, weight, bias) = matrices.Single();
            return new Product(Linears.Add(Graph, name, input.Value, weight, rows, columns, bias, Bounds(name)), Unit, new float[columns]);
        }

        var parts = matrices.Select(part => _bytes!.Quantise(part.Name, part.Weight, columns, part.Bias)).ToArray();
        float[] biases = [.. parts.SelectMany(part => part.Bias)];
        var isFixed = input.Form == ProductForm.FixedScale;
        var width = columns * names.Length;
        string[] inputs =
        [
            input.Value, Graph.Int8Weight($"{names[0]}.weight", SideBySide(parts, rows, columns), rows, width),
            isFixed ? input.Scale : Unit, Graph.Weight($"{names[0]}.scale", [.. parts.SelectMany(part => part.Matrix.Scales)], width),
            input.Zero,
        ];
        if (adds && isFixed)
        {
            inputs = [.. inputs, "", Graph.Weight($"{names[0]}.bias", biases, width)];
            biases = new float[width];
        }

        return new Product(Graph.Fused("MatMulIntegerToFloat", names[0], inputs), isFixed ? Unit : input.Scale, biases);
    }

    /// <summary>A product with its rows' scales and its bias, where the next node does not take them.</summary>
    private string Complete(string name, Product product)
    {
        var value = product.RowScales == Unit ? product.Value : Graph.Node("Mul", $"{name}.scaled", [product.Value, product.RowScales]);
        return product.Bias.All(bias => bias == 0)
            ? value
            : Graph.Node("Add", $"{name}.sum", [value, Graph.Weight($"{name}.bias", product.Bias, product.Bias.Length)]);
    }

    private static InputBounds? Bounds(string matrix) =>
        matrix.EndsWith(".output.dense", StringComparison.Ordinal) && !matrix.EndsWith(".attention.output.dense", StringComparison.Ordinal)
            ? new InputBounds(ActivationKernel.Least)
            : null;

    private static sbyte[] SideBySide((QuantisedMatrix Matrix, float[] Bias)[] parts, int rows, int columns)
    {
        var all = new sbyte[parts.Length * rows * columns];
        for (var row = 0; row < rows; row++)
        {
            for (var part = 0; part < parts.Length; part++)
            {
                parts[part].Matrix.Values.AsSpan(row * columns, columns).CopyTo(all.AsSpan(((row * parts.Length) + part) * columns));
            }
        }

        return all;
    }

    /// <param name="Values">The state in float32, for the residual.</param>
    /// <param name="Reads">The state as the next products read it.</param>
    private sealed record State(string Values, Reading Reads);

    /// <param name="Value">What a product reads: float32 or bytes, [batch, length, width].</param>
    /// <param name="Form">Float32, or how the bytes are scaled.</param>
    /// <param name="Scale">The scale of all bytes, or those of the rows [batch, length, 1].</param>
    /// <param name="Zero">What stands for 0.</param>
    /// <param name="Move">How the value was moved.</param>
    private sealed record Reading(
        string Value, ProductForm Form = ProductForm.Float32, string Scale = "", string Zero = "", ChannelMove? Move = null);

    /// <param name="Value">A product, which is Value · RowScales + Bias.</param>
    /// <param name="RowScales">The scale of each row [batch, length, 1], or a single one.</param>
    /// <param name="Bias">The bias, [width].</param>
    private sealed record Product(string Value, string RowScales, float[] Bias);
}
