using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using SimCse.Inference.Operators;
using SimCse.Models.Graphs;
using SimCse.Models.Onnx;
using SimCse.Models.Quantisation;
using SimCse.Models.Untrained;
using SimCse.Testing;

namespace SimCse.Models.Tests.Quantisation;

/// <summary>
/// Each operator in C# against what it means in ONNX's own operators: one graph, run with the operators and as ONNX Runtime runs it where
/// nobody knows them.
/// </summary>
public sealed class EncoderOperatorTests
{
    private const float Epsilon = 1e-12f;

    public static TheoryData<string, int, int> Norms => new(
        from form in (string[])[NormKernel.Name, NormKernel.MovedName, NormKernel.FixedName, NormKernel.TokenName]
        from shape in ((int, int)[])[(1, 16), (3, 80), (20, 384), (7, 1024)]
        select (form, shape.Item1, shape.Item2));

    public static TheoryData<string, int, int> Activations => new(
        from function in Enum.GetNames<ActivationKernel.Function>()
        from shape in ((int, int)[])[(1, 16), (5, 144), (20, 1536)]
        select (function, shape.Item1, shape.Item2));

    public static TheoryData<string, int, int, int, int> Attentions => new(
        from form in (string[])[AttentionKernel.Name, AttentionKernel.FixedName, AttentionKernel.TokenName]
        from shape in ((int, int, int, int)[])[(1, 1, 1, 16), (2, 3, 2, 8), (4, 20, 2, 24), (3, 33, 3, 32), (2, 128, 1, 64), (2, 5, 2, 56)]
        select (form, shape.Item1, shape.Item2, shape.Item3, shape.Item4));

    [Theory]
    [MemberData(nameof(Norms))]
    public void A_norm_is_what_its_function_says(string name, int length, int width)
    {
        const int Batch = 3;
        using var graph = new Trial();
        string[] inputs =
        [
            graph.Value("value", 4, Batch, length, width), graph.Value("scales", 1, Batch, length, 1), graph.Value("bias", 1, width),
            graph.Value("residual", 2, length, width), graph.Value("gamma", 1, width), graph.Value("beta", 1, width),
        ];
        var (function, outputs) = name switch
        {
            NormKernel.Name => (EncoderFunctions.Norm, (string[])["state"]),
            NormKernel.MovedName => (EncoderFunctions.NormMoved, ["state", "moved"]),
            NormKernel.FixedName => (EncoderFunctions.NormFixed, ["state", "bytes"]),
            _ => (EncoderFunctions.NormToken, ["state", "bytes", "row_scales"]),
        };
        if (outputs.Length > 1)
        {
            // In bytes some are beyond the scale.
            inputs = [.. inputs, graph.Value("moved_gamma", 60, width), graph.Value("moved_beta", 20, width)];
        }

        graph.Call(function, inputs, outputs, ("epsilon", Epsilon));
        graph.AssertSame();
        graph.AssertIndependentOfBatch();
    }

    [Theory]
    [MemberData(nameof(Activations))]
    public void An_activation_is_what_its_function_says(string activation, int length, int width)
    {
        using var graph = new Trial();
        string[] inputs =
        [
            graph.Value("value", 8, 2, length, width), graph.Value("scales", 1, 2, length, 1), graph.Value("bias", 1, width),
        ];
        graph.Call(EncoderFunctions.Activation(Enum.Parse<ActivationKernel.Function>(activation)), inputs, ["bytes", "row_scales"]);
        graph.AssertSame();
        graph.AssertIndependentOfBatch();
    }

    [Theory]
    [MemberData(nameof(Attentions))]
    public void Attention_is_what_its_function_says(string name, int batch, int length, int heads, int head)
    {
        var width = heads * head;
        using var graph = new Trial();
        var both = graph.Value("key_value", 2, batch, length, 2 * width);
        foreach (var queries in ((int[])[1, length]).Distinct())
        {
            var query = graph.Value($"query{queries}", 2, batch, queries, width);
            (string, object)[] attributes =
            [
                ("query_end", (long)width), ("key_end", (long)width), ("value_end", 2L * width), ("width", (long)width),
                ("heads", (long)heads), ("scale", 1 / MathF.Sqrt(head)),
            ];
            var (function, outputs) = name switch
            {
                AttentionKernel.Name => (EncoderFunctions.Attention, (string[])[$"mixed{queries}"]),
                AttentionKernel.FixedName => (EncoderFunctions.AttentionFixed, [$"bytes{queries}"]),
                _ => (EncoderFunctions.AttentionToken, [$"bytes{queries}", $"row_scales{queries}"]),
            };
            graph.Call(
                function, [query, both, both], outputs,
                name == AttentionKernel.FixedName ? [.. attributes, ("step", 0.01f)] : attributes);
        }

        graph.AssertSame();
        graph.AssertIndependentOfBatch();
    }

    /// <summary>Its function leaves the activations as they are; the operator rounds them to twelve bits.</summary>
    [Theory]
    [InlineData(20, 384, 384)]
    [InlineData(3, 33, 70)]
    [InlineData(1, 1, 1)]
    public void A_wide_product_is_what_its_function_says_but_for_rounding(int length, int width, int columns)
    {
        using var graph = new Trial();
        var input = graph.Value("value", 1, 2, length, width);
        var weight = new SeededNormal(5).Next(width * columns);
        graph.Product(new Int16LinearNodes(), input, weight, width, columns);
        graph.AssertSame(1e-3f);
        graph.AssertIndependentOfBatch();
    }

    [Fact]
    public void Weights_that_do_not_fit_the_rows_are_refused()
    {
        using var graph = new Trial();
        graph.Call(
            EncoderFunctions.Activation(ActivationKernel.Function.Relu),
            [graph.Value("value", 1, 1, 1, 32), graph.Value("scales", 1, 1), graph.Value("bias", 1, 16)], ["bytes", "row_scales"]);
        var error = Assert.Throws<OnnxRuntimeException>(() => graph.AssertSame());
        Assert.Contains("Input 2 has 1 rows of 16 values; expected rows of 32.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Rows_that_are_not_whole_vectors_are_refused()
    {
        using var graph = new Trial();
        graph.Call(
            EncoderFunctions.Activation(ActivationKernel.Function.Relu),
            [graph.Value("value", 1, 1, 1, 17), graph.Value("scales", 1, 1), graph.Value("bias", 1, 17)], ["bytes", "row_scales"]);
        var error = Assert.Throws<OnnxRuntimeException>(() => graph.AssertSame());
        Assert.Contains("expected a multiple of 16", error.Message, StringComparison.Ordinal);
    }

    /// <summary>A graph of calls, with random inputs of which the first dimension of those with three is the batch.</summary>
    private sealed class Trial : IDisposable
    {
        private readonly TemporaryFolder _folder = new();
        private readonly OnnxGraph _graph = new(dataPath: null);
        private readonly Dictionary<string, (float[] Values, long[] Shape)> _inputs = [];
        private readonly List<string> _outputs = [];
        private readonly Dictionary<bool, InferenceSession> _sessions = [];

        public string Value(string name, float size, params int[] shape)
        {
            _graph.Input(
                name, TensorProto.Types.DataType.Float,
                [.. shape.Select((extent, i) => i == 0 && shape.Length == 3 ? "batch" : $"{extent}")]);
            var values = new SeededNormal((ulong)_inputs.Count + 1).Next(shape.Aggregate((all, extent) => all * extent));
            _inputs.Add(name, ([.. values.Select(value => size * value)], [.. shape.Select(extent => (long)extent)]));
            return name;
        }

        public void Call(FunctionProto function, string[] inputs, string[] outputs, params (string, object)[] attributes)
        {
            _graph.Call(function, inputs, outputs, attributes);
            foreach (var output in outputs)
            {
                var isBytes = output.StartsWith("bytes", StringComparison.Ordinal);
                _graph.Output(
                    output, isBytes ? TensorProto.Types.DataType.Uint8 : TensorProto.Types.DataType.Float, "batch", "length", "width");
                _outputs.Add(output);
            }
        }

        public void Product(LinearNodes linears, string input, float[] weight, int width, int columns)
        {
            _outputs.Add(linears.Add(_graph, "product", input, weight, width, columns, bias: null));
            _graph.Output("product", TensorProto.Types.DataType.Float, "batch", "length", "width");
        }

        /// <summary>Float32 to the fifth digit; bytes alike but for those at the edge between two, which may be the neighbour.</summary>
        public void AssertSame(float digits = 1e-5f)
        {
            var (ours, expected) = (Run(_inputs, withOperators: true), Run(_inputs, withOperators: false));
            foreach (var (our, theirs) in ours.Zip(expected))
            {
                var size = theirs.Max(MathF.Abs);
                Assert.All(our.Zip(theirs), pair => Assert.Equal(pair.Second, pair.First, IsBytes(our) ? 1 : digits * size));
                Assert.True(!IsBytes(our) || our.Zip(theirs).Count(pair => pair.First != pair.Second) <= Math.Max(1, our.Length / 200));
            }
        }

        /// <summary>Each row of the batch alone has the same bits as within it.</summary>
        public void AssertIndependentOfBatch()
        {
            var all = Run(_inputs, withOperators: true);
            var batch = (int)_inputs.Values.First(input => input.Shape.Length == 3).Shape[0];
            for (var row = 0; row < batch; row++)
            {
                var alone = _inputs.ToDictionary(input => input.Key, input => input.Value.Shape is [var count, _, _] && count == batch
                    ? (input.Value.Values.Chunk(input.Value.Values.Length / batch).ElementAt(row), [1, .. input.Value.Shape[1..]])
                    : input.Value);
                Assert.All(Run(alone, withOperators: true).Zip(all), pair => Assert.Equal(
                    pair.Second.AsSpan(row * pair.First.Length, pair.First.Length).ToArray(), pair.First));
            }
        }

        public void Dispose()
        {
            _sessions.Values.ToList().ForEach(session => session.Dispose());
            _graph.Dispose();
            _folder.Dispose();
        }

        private static bool IsBytes(float[] values) => values.All(value => value is >= 0 and <= 255 && value == MathF.Round(value));

        private InferenceSession Session(bool withOperators)
        {
            if (!_sessions.TryGetValue(withOperators, out var session))
            {
                _graph.Save(_folder["model.onnx"]);
                using var options = new SessionOptions { GraphOptimizationLevel = GraphOptimizationLevel.ORT_DISABLE_ALL };
                if (withOperators)
                {
                    EncoderOperators.AddTo(options);
                }

                _sessions[withOperators] = session = new InferenceSession(_folder["model.onnx"], options);
            }

            return session;
        }

        private List<float[]> Run(Dictionary<string, (float[] Values, long[] Shape)> inputs, bool withOperators)
        {
            var session = Session(withOperators);
            using var run = new RunOptions();
            var values = inputs.Values.Select(input => OrtValue.CreateTensorValueFromMemory(input.Values, input.Shape)).ToArray();
            using var outputs = session.Run(run, [.. inputs.Keys], values, _outputs);
            Array.ForEach(values, value => value.Dispose());
            return
            [
                .. outputs.Select(output => output.GetTensorTypeAndShape().ElementDataType == TensorElementType.Float
                    ? output.GetTensorDataAsSpan<float>().ToArray()
                    : [.. output.GetTensorDataAsSpan<byte>().ToArray().Select(value => (float)value)]),
            ];
        }
    }
}
