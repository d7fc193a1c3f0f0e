using SimCse.Inference;

namespace SimCse.Models.Tests;

/// <summary>Every kind of activation, pooling and module, in both forms of the graph, against plain loops in double precision.</summary>
public sealed class ModuleTests
{
    private const double Tolerance = 1e-5;

    private static readonly int[][] Texts = [[2, 5, 6, 3], [2, 11, 3], [2, 5, 6, 7, 8, 9, 10, 11, 5, 3]];

    [Theory]
    [InlineData("gelu")]
    [InlineData("gelu_new")]
    [InlineData("relu")]
    public void Knows_the_activation_of_the_layers(string activation)
    {
        using var model = new TinyModel();
        model.Config["hidden_act"] = activation;
        Func<double, double> function =
            activation switch { "gelu" => PlainBert.Gelu, "gelu_new" => PlainBert.GeluTanh, _ => x => Math.Max(x, 0) };

        AssertSame(model, ids => PlainBert.Dense(model, new PlainBert(model).LastHiddenState(ids, function)[0], Math.Tanh));
    }

    [Theory]
    [InlineData("pooling_mode_cls_token")]
    [InlineData("pooling_mode_mean_tokens")]
    [InlineData("pooling_mode_max_tokens")]
    [InlineData("pooling_mode_mean_sqrt_len_tokens")]
    public void Knows_the_pooling(string pooling)
    {
        using var model = new TinyModel { Pooling = pooling };

        AssertSame(model, ids => PlainBert.Dense(model, Pool(new PlainBert(model).LastHiddenState(ids, PlainBert.Gelu)), Math.Tanh));

        double[] Pool(double[][] state) =>
        [
            .. Enumerable.Range(0, TinyModel.Hidden).Select(i => state.Select(row => row[i])).Select(column => pooling switch
            {
                "pooling_mode_cls_token" => column.First(),
                "pooling_mode_mean_tokens" => column.Average(),
                "pooling_mode_max_tokens" => column.Max(),
                _ => column.Sum() / Math.Sqrt(state.Length),
            }),
        ];
    }

    [Theory]
    [InlineData("torch.nn.modules.activation.Tanh")]
    [InlineData("torch.nn.modules.linear.Identity")]
    [InlineData("torch.nn.modules.activation.ReLU")]
    [InlineData("torch.nn.modules.activation.GELU")]
    [InlineData("torch.nn.modules.activation.Sigmoid")]
    public void Knows_the_activation_of_a_dense_module(string activation)
    {
        using var model = new TinyModel();
        model.Dense["activation_function"] = activation;
        Func<double, double> function = activation.Split('.')[^1] switch
        {
            "Tanh" => Math.Tanh,
            "Identity" => x => x,
            "ReLU" => x => Math.Max(x, 0),
            "GELU" => PlainBert.Gelu,
            _ => x => 1 / (1 + Math.Exp(-x)),
        };

        AssertSame(model, ids => PlainBert.Dense(model, State(model, ids)[0], function));
    }

    [Fact]
    public void Knows_a_dense_module_without_bias()
    {
        using var model = new TinyModel();
        model.Dense["bias"] = false;
        var expected = (int[] ids) => PlainBert.Dense(model, State(model, ids)[0], Math.Tanh, bias: false);

        AssertSame(model, expected);
        model.DenseTensors.Remove("linear.bias");
        AssertSame(model, expected);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Knows_Normalize_after_a_dense_module_or_at_once(bool dense)
    {
        using var model = new TinyModel { Modules = [("", "Transformer"), ("1_Pooling", "Pooling"), ("3_Normalize", "Normalize")] };
        if (dense)
        {
            model.Modules.Insert(2, ("2_Dense", "Dense"));
        }

        AssertSame(model, ids =>
        {
            var vector = State(model, ids)[0];
            vector = dense ? PlainBert.Dense(model, vector, Math.Tanh) : vector;
            var norm = Math.Sqrt(vector.Sum(x => x * x));
            return [.. vector.Select(x => x / norm)];
        });
    }

    [Theory]
    [InlineData("encoder.", "bert.encoder.")]
    [InlineData("LayerNorm.weight", "LayerNorm.gamma")]
    [InlineData("LayerNorm.bias", "LayerNorm.beta")]
    public void Reads_weights_under_their_other_names(string name, string other)
    {
        using var model = new TinyModel();
        using var renamed = new TinyModel();
        renamed.Rename(name, other);

        AssertSame(renamed, ids => PlainBert.Dense(model, State(model, ids)[0], Math.Tanh));
    }

    [Fact]
    public void Knows_the_modules_under_the_type_names_and_settings_of_newer_versions()
    {
        using var model = new TinyModel
        {
            TypeName = kind => kind == "Pooling"
                ? "sentence_transformers.sentence_transformer.modules.pooling.Pooling"
                : $"sentence_transformers.base.modules.{kind.ToLowerInvariant()}.{kind}",
            PoolingJson = """{"embedding_dimension": 8, "pooling_mode": "cls", "include_prompt": true}""",
        };
        model.Dense["module_input_name"] = "sentence_embedding";

        AssertSame(model, ids => PlainBert.Dense(model, State(model, ids)[0], Math.Tanh));
    }

    [Theory]
    [InlineData("""{"pooling_mode": "mean"}""", "mean")]
    [InlineData("""{"pooling_mode": ["max"]}""", "max")]
    [InlineData("""{"pooling_mode": "cls", "pooling_mode_cls_token": true}""", "cls")]
    [InlineData("""{"pooling_mode": "mean_sqrt_len_tokens"}""", "mean_sqrt_len")]
    [InlineData("""{"pooling_mode_cls_token": true, "pooling_mode_mean_tokens": false, "include_prompt": true}""", "cls")]
    public void Reads_the_pooling_in_its_old_and_new_form(string json, string pooling)
    {
        using var model = new TinyModel { PoolingJson = json }.Save();

        Assert.Equal(pooling, SentenceModules.Read(model.Folder, TinyModel.Hidden).Pooling.Name());
    }

    [Theory]
    [InlineData("""{"pooling_mode": "lasttoken"}""", "[lasttoken]")]
    [InlineData("""{"pooling_mode": ["cls", "mean"]}""", "[cls, mean]")]
    [InlineData("""{"pooling_mode_cls_token": true, "pooling_mode_max_tokens": true}""", "[cls, max]")]
    [InlineData("""{"pooling_mode_cls_token": true, "pooling_mode_weightedmean_tokens": true}""", "[cls, weightedmean_tokens]")]
    [InlineData("""{}""", "[]")]
    public void Refuses_by_name_a_pooling_that_it_does_not_know(string json, string named)
    {
        using var model = new TinyModel { PoolingJson = json }.Save();

        var error = Assert.Throws<NotSupportedException>(() => SentenceModules.Read(model.Folder, TinyModel.Hidden));

        Assert.Contains(
            $"asks for pooling by {named}; expected one of cls, mean, max, mean_sqrt_len", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Gives_other_runtimes_the_last_hidden_state_under_the_usual_names()
    {
        using var model = new TinyModel().Save();
        using var graph = new StandardGraph(model.Folder);

        var state = graph.Run(Texts[2]).LastHiddenState;

        Assert.Equal(["input_ids", "attention_mask", "token_type_ids"], graph.Inputs);
        Assert.Equal(["last_hidden_state", "sentence_embedding"], graph.Outputs.Order());
        Assert.Equal(State(model, Texts[2]).SelectMany(row => row), state.Select(x => (double)x), (a, b) => Math.Abs(a - b) < Tolerance);
    }

    private static double[][] State(TinyModel model, int[] ids) => new PlainBert(model).LastHiddenState(ids, PlainBert.Gelu);

    private static void AssertSame(TinyModel model, Func<int[], double[]> expected)
    {
        model.Save();
        using var graph = new RawGraph(model.Folder);
        using var standard = new StandardGraph(model.Folder);
        var padded = standard.Run(Texts).SentenceEmbedding;
        for (var i = 0; i < Texts.Length; i++)
        {
            var vector = expected(Texts[i]);
            AssertNear(vector, graph.Run(Texts[i])[0]);
            AssertNear(vector, padded[i]);
        }
    }

    private static void AssertNear(double[] expected, float[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, Tolerance));
    }
}
