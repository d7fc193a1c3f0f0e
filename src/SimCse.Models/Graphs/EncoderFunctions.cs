using System.Runtime.InteropServices;
using Google.Protobuf;
using SimCse.Inference.Operators;
using SimCse.Models.Onnx;

namespace SimCse.Models.Graphs;

/// <summary>
/// What the operators of <see cref="EncoderOperators"/> mean, in ONNX's own operators. ONNX Runtime takes the operators where they are
/// registered; anything else that reads the graph, also ONNX Runtime elsewhere, computes these.
/// </summary>
internal static class EncoderFunctions
{
    private const long OpsetVersion = 17;

    public static FunctionProto Norm => MakeNorm(NormKernel.Name);

    public static FunctionProto NormMoved => MakeNorm(NormKernel.MovedName, "moved");

    public static FunctionProto NormFixed
    {
        get
        {
            var function = MakeNorm(NormKernel.FixedName, "bytes");
            Quantise(function, "bytes", "moved", RowForms.Middle);
            return function;
        }
    }

    public static FunctionProto NormToken
    {
        get
        {
            var function = MakeNorm(NormKernel.TokenName, "bytes", "scales");
            QuantiseTokens(function, "moved");
            return function;
        }
    }

    public static FunctionProto Activation(ActivationKernel.Function activation)
    {
        var function = Make(ActivationKernel.NameOf(activation), ["value", "row_scales", "bias"], ["bytes", "scales"]);
        Sum(function, "input");
        switch (activation)
        {
            case ActivationKernel.Function.Gelu:
                OnnxGraph.Node(function, "Mul", "scaled", ["input", Scalar(function, "root", (float)Math.Sqrt(0.5))]);
                Gate(function, OnnxGraph.Node(function, "Erf", "sign", ["scaled"]));
                break;
            case ActivationKernel.Function.GeluTanh:
                OnnxGraph.Node(function, "Mul", "square", ["input", "input"]);
                OnnxGraph.Node(function, "Mul", "weighted", ["square", Scalar(function, "cubic", ActivationKernel.Cubic)]);
                OnnxGraph.Node(function, "Add", "factor", ["weighted", Scalar(function, "one", 1)]);
                OnnxGraph.Node(function, "Mul", "polynomial", ["input", "factor"]);
                OnnxGraph.Node(function, "Mul", "scaled", ["polynomial", Scalar(function, "root", (float)Math.Sqrt(2 / Math.PI))]);
                Gate(function, OnnxGraph.Node(function, "Tanh", "sign", ["scaled"]));
                break;
            default:
                OnnxGraph.Node(function, "Relu", "activated", ["input"]);
                break;
        }

        QuantiseRows(
            function, "activated", "activated", ActivationKernel.LargestAboveZero, -ActivationKernel.Least / ActivationKernel.Zero,
            ActivationKernel.Zero);
        return function;
    }

    public static FunctionProto Attention => MakeAttention(AttentionKernel.Name, ["mixed"]);

    public static FunctionProto AttentionFixed
    {
        get
        {
            var function = MakeAttention(AttentionKernel.FixedName, ["bytes"], "step");
            OnnxGraph.Node(
                function, "QuantizeLinear", "bytes",
                ["mixed", Given(function, "step", "value_float", AttributeProto.Types.AttributeType.Float),
                    Constant(function, "zero", TensorProto.Types.DataType.Uint8, [RowForms.Middle])]);
            return function;
        }
    }

    public static FunctionProto AttentionToken
    {
        get
        {
            var function = MakeAttention(AttentionKernel.TokenName, ["bytes", "scales"]);
            QuantiseTokens(function, "mixed");
            return function;
        }
    }

    /// <summary>The same product in float32: what it says of the weights is exact, and activations are not rounded.</summary>
    public static FunctionProto WideProduct
    {
        get
        {
            var function = Make(WideProductKernel.Name, ["input", "weight", "scales", "bias"], ["product"]);
            OnnxGraph.Node(function, "Cast", "integers", ["weight"], ("to", (long)TensorProto.Types.DataType.Float));
            OnnxGraph.Node(function, "Transpose", "ordered", ["integers"], ("perm", (long[])[1, 3, 0, 2]));
            OnnxGraph.Node(function, "Flatten", "padded", ["ordered"], ("axis", 2L));
            OnnxGraph.Node(function, "Shape", "width", ["input"], ("start", -1L));
            OnnxGraph.Node(function, "Shape", "columns", ["scales"]);
            OnnxGraph.Node(function, "Concat", "ends", ["width", "columns"], ("axis", 0L));
            OnnxGraph.Node(function, "Constant", "starts", [], ("value_ints", (long[])[0, 0]));
            OnnxGraph.Node(function, "Slice", "steps", ["padded", "starts", "ends"]);
            OnnxGraph.Node(function, "Mul", "matrix", ["steps", "scales"]);
            OnnxGraph.Node(function, "MatMul", "sums", ["input", "matrix"]);
            OnnxGraph.Node(function, "Add", "product", ["sums", "bias"]);
            return function;
        }
    }

    private static FunctionProto MakeAttention(string name, string[] outputs, params string[] attributes)
    {
        var function = Make(
            name, ["query", "key", "value"], outputs,
            ["query_end", "key_end", "value_end", "width", "heads", "scale", .. attributes]);
        var width = Number("width");
        OnnxGraph.Node(function, "Constant", "outer", [], ("value_ints", (long[])[0, 0]));
        OnnxGraph.Node(function, "Constant", "last", [], ("value_ints", (long[])[-1]));
        OnnxGraph.Node(function, "Concat", "split", ["outer", Number("heads"), "last"], ("axis", 0L));
        OnnxGraph.Node(function, "MatMul", "scores", [Heads("query", 0, 2, 1, 3), Heads("key", 0, 2, 3, 1)]);
        OnnxGraph.Node(
            function, "Mul", "scaled", ["scores", Given(function, "scale", "value_float", AttributeProto.Types.AttributeType.Float)]);
        OnnxGraph.Node(function, "Softmax", "weights", ["scaled"], ("axis", -1L));
        OnnxGraph.Node(function, "MatMul", "sums", ["weights", Heads("value", 0, 2, 1, 3)]);
        OnnxGraph.Node(function, "Transpose", "rows", ["sums"], ("perm", (long[])[0, 2, 1, 3]));
        OnnxGraph.Node(function, "Concat", "joined", ["outer", width], ("axis", 0L));
        OnnxGraph.Node(function, "Reshape", "mixed", ["rows", "joined"]);
        return function;

        string Heads(string part, params long[] order)
        {
            var end = Number($"{part}_end");
            OnnxGraph.Node(function, "Sub", $"{part}_start", [end, width]);
            OnnxGraph.Node(function, "Slice", $"{part}_part", [part, $"{part}_start", end, "last"]);
            OnnxGraph.Node(function, "Reshape", $"{part}_heads", [$"{part}_part", "split"]);
            return OnnxGraph.Node(function, "Transpose", $"{part}_ordered", [$"{part}_heads"], ("perm", order));
        }

        string Number(string attribute)
        {
            OnnxGraph.Node(function, "Constant", $"{attribute}_shape", [], ("value_ints", (long[])[1]));
            return OnnxGraph.Node(
                function, "Reshape", $"{attribute}_number",
                [Given(function, attribute, "value_int", AttributeProto.Types.AttributeType.Int), $"{attribute}_shape"]);
        }
    }

    /// <summary>An attribute of the call, as a value.</summary>
    private static string Given(FunctionProto function, string attribute, string kind, AttributeProto.Types.AttributeType type) =>
        OnnxGraph.Node(function, "Constant", $"{attribute}_given", [], (kind, new ReferredAttribute(attribute, type)));

    private static FunctionProto MakeNorm(string name, params string[] others)
    {
        string[] inputs = ["value", "row_scales", "bias", "residual", "weight", "shift"];
        var function = Make(
            name, others.Length == 0 ? inputs : [.. inputs, "moved_weight", "moved_shift"], ["state", .. others], "epsilon");
        OnnxGraph.Node(function, "Add", "sum", [Sum(function, "product"), "residual"]);
        Normalise("state", "weight", "shift");
        if (others.Length > 0)
        {
            Normalise("moved", "moved_weight", "moved_shift");
        }

        return function;

        void Normalise(string output, string weight, string shift) => OnnxGraph.Node(
            function, "LayerNormalization", output, ["sum", weight, shift], ("axis", -1L),
            ("epsilon", new ReferredAttribute("epsilon", AttributeProto.Types.AttributeType.Float)));
    }

    private static FunctionProto Make(string name, string[] inputs, string[] outputs, params string[] attributes) => new()
    {
        Name = name,
        Domain = EncoderOperators.Domain,
        Input = { inputs },
        Output = { outputs },
        Attribute = { attributes },
        OpsetImport = { new OperatorSetIdProto { Version = OpsetVersion } },
    };

    private static string Sum(FunctionProto function, string output) => OnnxGraph.Node(
        function, "Add", output, [OnnxGraph.Node(function, "Mul", "scaled_rows", ["value", "row_scales"]), "bias"]);

    private static void Gate(FunctionProto function, string sign)
    {
        OnnxGraph.Node(function, "Add", "share", [sign, Scalar(function, "unit", 1)]);
        OnnxGraph.Node(function, "Mul", "half", ["input", Scalar(function, "half_unit", 0.5f)]);
        OnnxGraph.Node(function, "Mul", "activated", ["half", "share"]);
    }

    private static void QuantiseTokens(FunctionProto function, string values)
    {
        OnnxGraph.Node(function, "Abs", "magnitudes", [values]);
        QuantiseRows(function, values, "magnitudes", RowForms.Largest, RowForms.Smallest, RowForms.Middle);
    }

    private static void QuantiseRows(
        FunctionProto function, string values, string magnitudes, float largest, float smallest, byte zero)
    {
        OnnxGraph.Node(function, "ReduceMax", "extremes", [magnitudes], ("axes", (long[])[-1]), ("keepdims", 1L));
        OnnxGraph.Node(function, "Div", "steps", ["extremes", Scalar(function, "largest", largest)]);
        OnnxGraph.Node(function, "Max", "scales", ["steps", Scalar(function, "smallest", smallest)]);
        Quantise(function, "bytes", OnnxGraph.Node(function, "Div", "integers", [values, "scales"]), zero);
    }

    private static void Quantise(FunctionProto function, string output, string values, byte zero) => OnnxGraph.Node(
        function, "QuantizeLinear", output,
        [values, Scalar(function, "step", 1), Constant(function, "zero", TensorProto.Types.DataType.Uint8, [zero])]);

    private static string Scalar(FunctionProto function, string name, float value) =>
        Constant(function, name, TensorProto.Types.DataType.Float, MemoryMarshal.AsBytes<float>([value]));

    private static string Constant(FunctionProto function, string name, TensorProto.Types.DataType type, ReadOnlySpan<byte> bytes) =>
        OnnxGraph.Node(
            function, "Constant", name, [], ("value", new TensorProto { DataType = (int)type, RawData = ByteString.CopyFrom(bytes) }));
}
