using System.Globalization;
using SimCse.Inference;
using SimCse.Models.Graphs;
using SimCse.Models.Onnx;
using SimCse.Models.Weights;

namespace SimCse.Models;

/// <summary>The modules of <c>modules.json</c> after the Transformer: pooling, dense layers, normalisation.</summary>
internal sealed class SentenceModules
{
    private static readonly long[] LastAxis = [-1];
    private static readonly string[] LaterKinds = ["Dense", "Normalize", "LayerNorm", "Dropout"];

    /// <summary>The default of PyTorch's LayerNorm, which sentence-transformers' module leaves as it is.</summary>
    private const float LayerNormEpsilon = 1e-5f;

    private readonly string _folder;
    private readonly IReadOnlyList<ModuleEntry> _modules;
    private readonly int _hidden;

    private SentenceModules(string folder, IReadOnlyList<ModuleEntry> modules, int hidden, Pooling pooling, bool poolsWithoutPrompt)
    {
        _folder = folder;
        _modules = modules;
        _hidden = hidden;
        (Pooling, PoolsWithoutPrompt) = (pooling, poolsWithoutPrompt);
    }

    private static string LaterKindNames => $"{string.Join(", ", LaterKinds[..^1])} or {LaterKinds[^1]}";

    public Pooling Pooling { get; }

    /// <summary>Whether the pooling leaves out the positions of the prompt.</summary>
    public bool PoolsWithoutPrompt { get; }

    /// <summary>The dimension of the sentence vector, known after <see cref="Write"/>.</summary>
    public int Dimension { get; private set; }

    /// <summary>The modules after the pooling, in words.</summary>
    public List<string> Descriptions { get; } = [];

    /// <exception cref="NotSupportedException">This project does not know one of the modules, or their order.</exception>
    public static SentenceModules Read(string folder, int hidden)
    {
        var modules = Check(folder);
        var (pooling, includesPrompt) = PoolingMode(Path.Combine(folder, modules[1].Path, "config.json"));
        return new SentenceModules(folder, modules, hidden, pooling, !includesPrompt);
    }

    /// <summary>Checks which modules a folder lists, before anything else of it is read.</summary>
    /// <exception cref="FileNotFoundException">It lists none.</exception>
    /// <exception cref="NotSupportedException">This project does not know one of the modules, or their order.</exception>
    public static IReadOnlyList<ModuleEntry> Check(string folder)
    {
        var path = Path.Combine(folder, "modules.json");
        if (!File.Exists(path))
        {
            throw new FileNotFoundException($"{path} is missing; expected a sentence-transformers model folder.", path);
        }

        var modules = ModelParts.Of(folder).Modules;
        if (modules.Count < 2 || Kind(modules[0]) != "Transformer" || Kind(modules[1]) != "Pooling")
        {
            throw new NotSupportedException(
                $"{path} lists {string.Join(", ", modules.Select(Kind))}; expected a Transformer, then Pooling, then any " +
                $"{LaterKindNames}.");
        }

        return modules.Skip(2).FirstOrDefault(module => !LaterKinds.Contains(Kind(module))) is not { } unknown
            ? modules
            : throw new NotSupportedException($"{path}: module {Kind(unknown)} is not supported; expected {LaterKindNames}.");
    }

    /// <param name="graph">The graph, which holds the last hidden state already.</param>
    /// <param name="state">The name of the last hidden state, [batch, length, hidden]; <c>cls</c> needs [batch, 1, hidden] only.</param>
    /// <param name="mask">The name of the float32 mask [batch, length]; <see langword="null"/> when nothing is padded.</param>
    public void Write(OnnxGraph graph, string state, string? mask = null)
    {
        var vector = mask is not null ? PoolingNodes.AddMasked(graph, Pooling, state, mask)
            : PoolsWithoutPrompt ? PoolingNodes.AddWithoutPrompt(graph, Pooling, state)
            : PoolingNodes.Add(graph, Pooling, state);
        Dimension = _hidden;
        foreach (var module in _modules.Skip(2))
        {
            vector = Kind(module) switch
            {
                "Dense" => Dense(graph, vector, module),
                "LayerNorm" => LayerNorm(graph, vector, module),
                "Dropout" => vector, // in training only
                _ => Normalize(graph, vector, module),
            };
        }

        graph.Node("Identity", GraphNames.SentenceEmbedding, [vector]);
        graph.Output(
            GraphNames.SentenceEmbedding, TensorProto.Types.DataType.Float, "batch", Dimension.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>
    /// The name of the module's class: <c>sentence_transformers.models.Dense</c> and its newer, longer module paths end alike. A class of
    /// another package may do anything, so it keeps its whole name and is refused.
    /// </summary>
    public static string Kind(ModuleEntry module) => module.Type.StartsWith("sentence_transformers.", StringComparison.Ordinal)
        ? module.Type[(module.Type.LastIndexOf('.') + 1)..]
        : module.Type;

    private static (Pooling Mode, bool IncludesPrompt) PoolingMode(string path)
    {
        var config = ModelJson.Read(path, ModelJson.Default.PoolingConfig);
        var (chosen, includesPrompt) = (config.Modes, config.IncludePrompt != false);
        if (chosen is not [var mode] || EnumNames.Find<Pooling>(mode) is not { } pooling)
        {
            throw new NotSupportedException(
                $"{path} asks for pooling by [{string.Join(", ", chosen)}]; expected one of " +
                $"{string.Join(", ", EnumNames.All<Pooling>())}.");
        }

        return pooling != Pooling.Cls || includesPrompt
            ? (pooling, includesPrompt)
            : throw new NotSupportedException(
                $"{path}: include_prompt false with pooling by cls is not supported, because versions of sentence-transformers differ in " +
                "it: older ones take [CLS], newer ones the first token behind the prompt. Expected true, or pooling by " +
                $"{string.Join(", ", EnumNames.All<Pooling>().Where(other => other != pooling.Name()))}.");
    }

    private string Dense(OnnxGraph graph, string vector, ModuleEntry module)
    {
        var folder = Path.Combine(_folder, module.Path);
        var config = ModelJson.Read(Path.Combine(folder, "config.json"), ModelJson.Default.DenseConfig);
        if (config.ModuleInputName is not (null or "sentence_embedding"))
        {
            throw new NotSupportedException(
                $"{folder}/config.json: module_input_name '{config.ModuleInputName}' is not supported; expected 'sentence_embedding'.");
        }

        if (config.InFeatures != Dimension)
        {
            throw new InvalidDataException(
                $"{folder}/config.json takes {config.InFeatures} features; the module before it gives {Dimension}.");
        }

        using var weights = Checkpoint.Open(folder);
        var (rows, columns) = (config.InFeatures, config.OutFeatures);
        var name = module.Path;
        var product = graph.Node(
            "MatMul", name,
            [vector, graph.Weight($"{name}.weight", weights.ReadTransposed("linear.weight", rows, columns), rows, columns)]);
        if (config.Bias)
        {
            product = graph.Node(
                "Add", $"{name}.sum", [product, graph.Weight($"{name}.bias", weights.Read("linear.bias", columns), columns)]);
        }

        Dimension = columns;
        // As with modules, only PyTorch's own classes are known by their last name.
        var activation = config.ActivationFunction.StartsWith("torch.nn.", StringComparison.Ordinal)
            ? config.ActivationFunction[(config.ActivationFunction.LastIndexOf('.') + 1)..]
            : config.ActivationFunction;
        Descriptions.Add($"dense {rows}→{columns} {activation.ToLowerInvariant()}");
        return activation switch
        {
            "Identity" => product,
            "Tanh" or "Sigmoid" => graph.Node(activation, $"{name}.activation", [product]),
            "ReLU" => graph.Node("Relu", $"{name}.activation", [product]),
            "GELU" => GeluNodes.AddExact(graph, name, product),
            _ => throw new NotSupportedException(
                $"{folder}/config.json: activation {config.ActivationFunction} is not supported; expected Tanh, Identity, ReLU, GELU or " +
                "Sigmoid."),
        };
    }

    /// <summary>Scales to length 1, as <c>torch.nn.functional.normalize</c> does, with its 1e-12 against a division by zero.</summary>
    private string Normalize(OnnxGraph graph, string vector, ModuleEntry module)
    {
        var name = module.Path.Length > 0 ? module.Path : "normalize";
        var norm = graph.Node("ReduceL2", $"{name}.norm", [vector], ("axes", LastAxis), ("keepdims", 1L));
        var floor = graph.Node("Max", $"{name}.floor", [norm, graph.Weight($"{name}.eps", [1e-12f], 1)]);
        Descriptions.Add("normalize");
        return graph.Node("Div", $"{name}.vector", [vector, floor]);
    }

    /// <summary>sentence-transformers' <c>LayerNorm</c>: PyTorch's over the whole vector.</summary>
    private string LayerNorm(OnnxGraph graph, string vector, ModuleEntry module)
    {
        using var weights = Checkpoint.Open(Path.Combine(_folder, module.Path));
        Descriptions.Add("layer norm");
        return graph.Node(
            "LayerNormalization", module.Path,
            [
                vector, graph.Weight($"{module.Path}.weight", weights.Read("norm.weight", Dimension), Dimension),
                graph.Weight($"{module.Path}.bias", weights.Read("norm.bias", Dimension), Dimension),
            ],
            ("axis", -1L), ("epsilon", LayerNormEpsilon));
    }
}
