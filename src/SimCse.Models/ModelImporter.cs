using SimCse.Inference;
using SimCse.Models.Graphs;
using SimCse.Models.Onnx;
using SimCse.Models.Quantisation;
using SimCse.Models.Weights;
using SimCse.Tokenization;

namespace SimCse.Models;

/// <summary>
/// Imports a sentence-transformers folder (BERT → pooling → dense …) as a bundle, always with the same bytes, but for the figures of the
/// self-check, which depend on the processor. Stateless.
/// </summary>
public static class ModelImporter
{
    private const string GraphFile = "model.onnx";
    private const string DataFile = "model.onnx.data";

    /// <summary>The path where sentence-transformers and transformers.js look for a model's graph.</summary>
    private const string StandardGraphFile = "onnx/model.onnx";

    private static readonly string[] TokenizerFiles =
        ["tokenizer_config.json", "vocab.txt", "special_tokens_map.json", "sentence_bert_config.json"];

    /// <summary>Writes a bundle. An existing one in the same folder is replaced once the new one is complete.</summary>
    /// <param name="modelFolder">The folder of config.json, modules.json, the modules, the tokenizer's files and the weights.</param>
    /// <param name="bundleFolder">The bundle's folder, which is made if necessary. It must be empty, or hold a bundle.</param>
    /// <param name="options">The name, precision and additions of the bundle.</param>
    /// <exception cref="NotSupportedException">The model asks for something that is not supported. The message names it.</exception>
    /// <exception cref="InvalidDataException">
    /// A file or a tensor is not what the configuration says, or the bundle gives other ids or vectors than the model is expected to.
    /// </exception>
    /// <exception cref="DirectoryNotFoundException">The model needs a MeCab dictionary, and none was found.</exception>
    /// <exception cref="IOException">The bundle's folder holds other files.</exception>
    /// <exception cref="LowQualityException">Quantised, the model would lose more than the options allow.</exception>
    public static Bundle Import(string modelFolder, string bundleFolder, ImportOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(modelFolder);
        ArgumentException.ThrowIfNullOrEmpty(bundleFolder);
        options ??= new ImportOptions();
        options = options.Precision == Precision.Int8Stable ? options with { Precision = Precision.Int8 } : options;
        modelFolder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(modelFolder));
        SentenceModules.Check(modelFolder);
        var parts = ModelParts.Of(modelFolder);
        var config = ReadConfig(Path.Combine(parts.Transformer, "config.json"));
        var ignored = parts.CheckSettings(options.IgnoredSettings);

        using var staging = BundleStaging.Create(bundleFolder);
        var dictionary = ChooseDictionary(parts.Transformer, options);
        var tokenizer = SentenceTokenizer.Load(
            parts.Transformer,
            new SentenceTokenizerOptions { DictionaryFolder = dictionary?.Folder, MaxPositions = config.MaxPositionEmbeddings });
        CheckTokenizer(modelFolder, tokenizer, config);
        CopyTokenizer(parts.Transformer, staging.Folder, tokenizer.DictionaryFolder);
        var prompts = PromptConfiguration.Read(modelFolder);
        var (modules, quality) = WriteGraph(modelFolder, staging.Folder, config, tokenizer, options);
        if (options.StandardGraph)
        {
            WriteStandardGraph(modelFolder, Path.Combine(staging.Folder, StandardGraphFile), config);
            File.Copy(Path.Combine(parts.Transformer, "config.json"), Path.Combine(staging.Folder, BundleManifest.StandardConfiguration));
        }

        var bundle = Bundle.Seal(staging.Folder, new BundleManifest
        {
            Version = BundleManifest.CurrentVersion,
            Model = options.Name ?? (config.Untrained ? config.NameOrPath : null) ?? Path.GetFileName(modelFolder),
            Untrained = config.Untrained,
            Dimension = modules.Dimension,
            MaxSequenceLength = tokenizer.MaxSequenceLength,
            LimitFrom = parts.LimitFrom(tokenizer.MaxSequenceLength),
            VocabularySize = config.VocabSize,
            Pooling = modules.Pooling,
            Modules = modules.Descriptions,
            Layers = config.NumHiddenLayers,
            HiddenSize = config.HiddenSize,
            IntermediateSize = config.IntermediateSize,
            Precision = options.Precision,
            Quality = quality,
            Graph = GraphFile,
            StandardGraph = options.StandardGraph ? StandardGraphFile : null,
            Dictionary = tokenizer.DictionaryFolder is null ? null : MecabDictionaryFolder.BundleSubfolder,
            Prompts = prompts.Named,
            DefaultPromptName = prompts.DefaultName,
            PoolsWithoutPrompt = modules.PoolsWithoutPrompt,
            DictionaryName = dictionary?.Name,
            DictionaryFrom = dictionary?.From,
            IgnoredSettings = ignored.Count == 0 ? null : ignored,
            Licence = options.Licence ?? ModelCard.Licence(modelFolder),
            Files = new Dictionary<string, BundleFile>(),
            Fingerprint = "",
        });
        if (SelfCheck.FileOf(modelFolder, options) is { } expected)
        {
            bundle.Record(bundle.Manifest with { SelfCheck = SelfCheck.Run(bundle, expected, options) });
        }

        return staging.Publish();
    }

    private static MecabDictionaryChoice? ChooseDictionary(string folder, ImportOptions options)
    {
        var named = options.DictionaryFolder is null ? options.DictionaryName : null;
        var choice = MecabDictionaryFolder.Choose(
            folder, named is null ? options.DictionaryFolder : FolderOf(named, options.FetchedDictionaries), options.FetchedDictionaries,
            () => VocabularyEvidence.Decide(folder, options.FetchedDictionaries));
        return named is null ? choice : choice is null ? null : choice with { Name = named };
    }

    private static string FolderOf(string name, IReadOnlyDictionary<string, string>? fetched) =>
        !MecabDictionaryFolder.KnownNames.Contains(name)
            ? throw new ArgumentException(
                $"'{name}' is no dictionary's name; expected {string.Join(" or ", MecabDictionaryFolder.KnownNames)}.")
            : fetched?.GetValueOrDefault(name) ?? MecabDictionaryFolder.TryFind(name)
                ?? throw new DirectoryNotFoundException($"The dictionary {MecabDictionaryFolder.HowToGet(name)}");

    private static void CopyTokenizer(string modelFolder, string folder, string? dictionaryFolder)
    {
        string[] files = File.Exists(Path.Combine(modelFolder, "vocab.txt")) ? TokenizerFiles : [.. TokenizerFiles, "tokenizer.json"];
        foreach (var file in files.Where(file => File.Exists(Path.Combine(modelFolder, file))))
        {
            File.Copy(Path.Combine(modelFolder, file), Path.Combine(folder, file));
        }

        if (dictionaryFolder is not null)
        {
            MecabDictionaryFiles.Copy(dictionaryFolder, Path.Combine(folder, MecabDictionaryFolder.BundleSubfolder));
        }
    }

    private static void CheckTokenizer(string modelFolder, SentenceTokenizer tokenizer, BertConfig config)
    {
        if (tokenizer.VocabularySize > config.VocabSize || tokenizer.MaxSequenceLength > config.MaxPositionEmbeddings)
        {
            throw new InvalidDataException(
                $"{modelFolder}: the tokenizer has {tokenizer.VocabularySize} pieces and up to {tokenizer.MaxSequenceLength} positions; " +
                $"config.json has room for {config.VocabSize} and {config.MaxPositionEmbeddings}.");
        }
    }

    private static (SentenceModules Modules, BundleQuality? Quality) WriteGraph(
        string modelFolder, string folder, BertConfig config, SentenceTokenizer tokenizer, ImportOptions options)
    {
        if (options.Precision == Precision.Float32)
        {
            return (WriteGraph(modelFolder, folder, config), null);
        }

        SentenceModules? modules = null;
        var sentences = options.CalibrationFile is { } file ? QualitySentences.FromFile(file) : QualitySentences.For(tokenizer);
        var quality = new GraphQuantiser(options, GateTexts.Create(sentences, text => Ids(tokenizer, text))).Write(
            (target, linears) =>
            {
                modules = WriteGraph(modelFolder, target, config, linears);
                return Path.Combine(target, GraphFile);
            },
            folder);
        return (modules!, quality);
    }

    private static int[] Ids(SentenceTokenizer tokenizer, string text)
    {
        var ids = new int[tokenizer.MaxSequenceLength];
        return ids[..tokenizer.Encode(text, ids, out _)];
    }

    /// <summary>Writes only the graph and its weights.</summary>
    internal static SentenceModules WriteGraph(string modelFolder, string folder, BertConfig config, LinearNodes? linears = null)
    {
        linears ??= FloatLinearNodes.Instance;
        using var graph = new OnnxGraph(Path.Combine(folder, DataFile));
        using var weights = Checkpoint.Open(ModelParts.Of(modelFolder).Transformer);
        var modules = SentenceModules.Read(modelFolder, config.HiddenSize);
        var classificationOnly = modules.Pooling == Pooling.Cls;
        var state = linears is Int8LinearNodes or Int16LinearNodes && IntegerBertGraph.Takes(config)
            ? new IntegerBertGraph(graph, config, weights, linears).Write(classificationOnly)
            : new BertGraph(graph, config, weights, linears).Write(classificationOnly);
        modules.Write(graph, state);
        graph.Save(Path.Combine(folder, GraphFile));
        return modules;
    }

    /// <summary>Writes the standard graph, with its weights in the same file.</summary>
    internal static void WriteStandardGraph(string modelFolder, string path, BertConfig config)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using var graph = new OnnxGraph(dataPath: null);
        using var weights = Checkpoint.Open(ModelParts.Of(modelFolder).Transformer);
        var state = new StandardBertGraph(graph, config, weights).Write();
        SentenceModules.Read(modelFolder, config.HiddenSize).Write(graph, state, StandardBertGraph.Mask);
        graph.Save(path);
    }

    internal static BertConfig ReadConfig(string path)
    {
        var config = ModelJson.Read(path, ModelJson.Default.BertConfig);
        if (config.ModelType != "bert")
        {
            throw new NotSupportedException($"{path} has model_type '{config.ModelType}'; expected 'bert'.");
        }

        if (config.PositionEmbeddingType != "absolute" || config.IsDecoder)
        {
            throw new NotSupportedException(
                $"{path} has position_embedding_type '{config.PositionEmbeddingType}' and is_decoder {config.IsDecoder}; expected " +
                "'absolute' and false.");
        }

        int[] sizes =
        [
            config.HiddenSize, config.NumHiddenLayers, config.NumAttentionHeads, config.IntermediateSize, config.VocabSize,
            config.TypeVocabSize, config.MaxPositionEmbeddings,
        ];
        return sizes.All(size => size > 0) && config.HiddenSize % config.NumAttentionHeads == 0
            ? config
            : throw new InvalidDataException(
                $"{path} gives hidden_size {config.HiddenSize}, num_hidden_layers {config.NumHiddenLayers}, num_attention_heads " +
                $"{config.NumAttentionHeads}, intermediate_size {config.IntermediateSize}, vocab_size {config.VocabSize}, " +
                $"type_vocab_size {config.TypeVocabSize}, max_position_embeddings {config.MaxPositionEmbeddings}; " +
                "expected numbers above 0, and a hidden_size that the heads divide.");
    }
}
