using System.Numerics.Tensors;
using SimCse.Inference;
using SimCse.Models.Onnx;
using SimCse.Models.Quantisation;
using SimCse.Testing;

namespace SimCse.Models.Tests.Quantisation;

/// <summary>
/// The graph in float16, and the one that stands in for it when it is measured, on CPU: where there is no kernel ONNX Runtime inserts
/// casts.
/// </summary>
public sealed class HalfGraphTests : IDisposable
{
    private const float Tolerance = 5e-3f; // of a float16 of about 1, which has three digits, through two layers

    private static readonly int[] Text = [2, 5, 6, 7, 8, 3];

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<ModelFixture> Fixtures => [ModelFixture.PyTorch, ModelFixture.Safetensors];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Fixtures))]
    public void Stays_close_to_the_vectors_of_PyTorch(ModelFixture fixture)
    {
        using var graph = new RawGraph(fixture.Folder, new HalfLinearNodes());
        using var measured = new RawGraph(fixture.Folder, new RoundedLinearNodes());
        foreach (var text in fixture.Expected())
        {
            Assert.All((float[][])[graph.Run(text.InputIds)[0], measured.Run(text.InputIds)[0]], vector =>
            {
                Assert.InRange(Difference(vector, text.Embedding), 1e-7, Tolerance);
                Assert.InRange(TensorPrimitives.CosineSimilarity(vector, text.Embedding), 0.99999f, 1.00001f);
            });
        }
    }

    [Theory]
    [InlineData("gelu", "pooling_mode_cls_token")]
    [InlineData("gelu_new", "pooling_mode_mean_tokens")]
    [InlineData("relu", "pooling_mode_max_tokens")]
    [InlineData("gelu", "pooling_mode_mean_sqrt_len_tokens")]
    public void Every_operator_that_a_graph_may_hold_runs_in_it(string activation, string pooling)
    {
        using var model = new TinyModel { Pooling = pooling };
        model.Config["hidden_act"] = activation;
        model.Save();
        using var exact = new RawGraph(model.Folder);
        using var graph = new RawGraph(model.Folder, new HalfLinearNodes());
        using var measured = new RawGraph(model.Folder, new RoundedLinearNodes());

        var expected = exact.Run(Text, Text)[1];

        Assert.InRange(Difference(graph.Run(Text, Text)[1], expected), 1e-7, 1e-2); // weights of ±1, eight wide: each rounding counts
        Assert.InRange(Difference(measured.Run(Text, Text)[1], expected), 1e-7, 1e-2);
    }

    /// <summary>
    /// The last hidden state is widened, so that pooling and Dense run in float32: there the digits of a vector are made.
    /// </summary>
    [Fact]
    public void Every_weight_is_float16_but_those_behind_the_pooling_and_the_ends_are_as_in_float32()
    {
        using var model = new TinyModel().Save();
        ModelImporter.WriteGraph(
            model.Folder, _folder.Path, ModelImporter.ReadConfig(Path.Combine(model.Folder, "config.json")), new HalfLinearNodes());

        var graph = ModelProto.Parser.ParseFrom(File.ReadAllBytes(_folder["model.onnx"])).Graph;

        Assert.All(
            graph.Initializer.Where(tensor => tensor.DataType != (int)TensorProto.Types.DataType.Int64),
            tensor => Assert.Equal(
                tensor.Name.StartsWith("2_Dense", StringComparison.Ordinal)
                    ? TensorProto.Types.DataType.Float
                    : TensorProto.Types.DataType.Float16,
                (TensorProto.Types.DataType)tensor.DataType));
        Assert.Equal("encoder.state", graph.Node.Single(node => node.OpType == "Cast").Name);
        Assert.Equal(
            [
                (GraphNames.InputIds, (int)TensorProto.Types.DataType.Int32),
                (GraphNames.SentenceEmbedding, (int)TensorProto.Types.DataType.Float),
            ],
            graph.Input.Concat(graph.Output).Select(end => (end.Name, end.Type.TensorType.ElemType)));
    }

    [Fact]
    public void A_value_beyond_float16_shows_when_it_is_measured_though_a_CPU_computes_through_it()
    {
        using var model = Overflowing();
        using var graph = new RawGraph(model.Folder, new HalfLinearNodes());
        using var measured = new RawGraph(model.Folder, new RoundedLinearNodes());

        Assert.All(graph.Run(Text)[0], value => Assert.True(float.IsFinite(value)));
        Assert.Contains(measured.Run(Text)[0], float.IsNaN);
    }

    /// <summary>Feed-forward activations of some 10⁵ in the first layer, which its next matrix brings back.</summary>
    private static TinyModel Overflowing()
    {
        var model = new TinyModel();
        Scale("encoder.layer.0.intermediate.dense.weight", 60_000);
        Scale("encoder.layer.0.output.dense.weight", 1e-4f);
        return model.Save();

        void Scale(string name, float factor) =>
            model.Tensors[name] = (model.Tensors[name].Shape, [.. model.Tensors[name].Values.Select(value => value * factor)]);
    }

    private static double Difference(float[] actual, float[] expected) => actual.Zip(expected, (a, b) => (double)Math.Abs(a - b)).Max();
}
