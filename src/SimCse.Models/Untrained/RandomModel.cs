using System.Text;
using System.Text.Json;
using SimCse.Models.Weights;

namespace SimCse.Models.Untrained;

/// <summary>
/// An untrained BERT of any shape with weights N(0, 0.02) from a seed: for measurements, which need a model's size and not its knowledge.
/// It is a sentence-transformers folder (BERT → [CLS] → Dense, tanh) and goes through the same import as any other.
/// </summary>
public static class RandomModel
{
    private const string DenseFolder = "2_Dense";
    private const string PoolingFolder = "1_Pooling";

    /// <summary>Writes a sentence-transformers folder, as the library itself would save the model. Holds all weights in memory.</summary>
    /// <param name="folder">The folder, which is made if necessary; files of the same names are overwritten.</param>
    /// <param name="options">Shape and seed.</param>
    /// <exception cref="ArgumentException">The options do not make a BERT.</exception>
    public static void Write(string folder, RandomModelOptions options)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ArgumentNullException.ThrowIfNull(options);
        options.Check();
        Directory.CreateDirectory(Path.Combine(folder, PoolingFolder));
        Directory.CreateDirectory(Path.Combine(folder, DenseFolder));
        var vocabulary = Math.Max(options.Vocabulary, CharacterVocabulary.Write(folder, options.MaxTokens));
        WriteConfiguration(folder, vocabulary, options);
        var weights = new RandomWeights(options);
        SafetensorsWriter.Write(Path.Combine(folder, "model.safetensors"), weights.Bert(vocabulary));
        SafetensorsWriter.Write(Path.Combine(folder, DenseFolder, "model.safetensors"), weights.Dense());
    }

    private static void WriteConfiguration(string folder, int vocabulary, RandomModelOptions options)
    {
        var bert = new BertConfig
        {
            NameOrPath = options.EffectiveName,
            ModelType = "bert",
            HiddenSize = options.Hidden,
            IntermediateSize = options.EffectiveIntermediate,
            MaxPositionEmbeddings = options.MaxTokens,
            NumAttentionHeads = options.EffectiveHeads,
            NumHiddenLayers = options.Layers,
            VocabSize = vocabulary,
            Untrained = true,
        };
        ModuleEntry[] modules =
        [
            new() { Index = 0, Name = "0", Path = "", Type = "sentence_transformers.models.Transformer" },
            new() { Index = 1, Name = "1", Path = PoolingFolder, Type = "sentence_transformers.models.Pooling" },
            new() { Index = 2, Name = "2", Path = DenseFolder, Type = "sentence_transformers.models.Dense" },
        ];
        var pooling = new PoolingConfig { WordEmbeddingDimension = options.Hidden, ClassificationToken = true };
        var dense = new DenseConfig
        {
            InFeatures = options.Hidden,
            OutFeatures = options.Hidden,
            ActivationFunction = "torch.nn.modules.activation.Tanh",
        };
        WriteText(folder, "config.json", JsonSerializer.Serialize(bert, ModelJson.Default.BertConfig));
        WriteText(folder, "modules.json", JsonSerializer.Serialize([.. modules], ModelJson.Default.ListModuleEntry));
        WriteText(folder, $"{PoolingFolder}/config.json", JsonSerializer.Serialize(pooling, ModelJson.Default.PoolingConfig));
        WriteText(folder, $"{DenseFolder}/config.json", JsonSerializer.Serialize(dense, ModelJson.Default.DenseConfig));
    }

    private static void WriteText(string folder, string file, string text) =>
        File.WriteAllText(Path.Combine(folder, file), text, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
}
