using System.Text;
using System.Text.Json;
using SimCse.Inference;
using SimCse.Models.Weights;

namespace SimCse.Models;

/// <summary>
/// A small untrained BERT from a fixed seed: 4 layers × 256, 4 heads, one piece a character. Its vectors follow shared characters and mean
/// nothing else; it serves to try everything where the published model cannot be had. The same bytes on every run and machine.
/// </summary>
public static class DemoModel
{
    /// <summary>Says of what kind it is wherever the name is shown.</summary>
    public const string Name = "simcse-demo-untrained";

    private const int Layers = 4;
    private const int Hidden = 256;
    private const int Heads = 4;
    private const int Intermediate = 1024;
    private const int Positions = 128;
    private const ulong Seed = 20_261_123;
    private const string DenseFolder = "2_Dense";
    private const string PoolingFolder = "1_Pooling";

    private static readonly string[] SpecialTokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];

    /// <summary>Inclusive ranges of code points, fixed here and not asked of the runtime, whose Unicode version changes.</summary>
    private static readonly (char First, char Last)[] Characters =
    [
        ('\u0021', '\u007E'), // Latin, digits, punctuation
        ('\u00A1', '\u024F'), // Latin-1 and Latin Extended-A, -B
        ('\u2010', '\u2027'), ('\u2030', '\u205E'), // general punctuation
        ('\u3001', '\u303F'), // CJK symbols and punctuation
        ('\u3041', '\u3096'), ('\u3099', '\u30FF'), ('\u31F0', '\u31FF'), // kana
        ('\u3400', '\u4DBF'), ('\u4E00', '\u9FFF'), // CJK unified ideographs
        ('\uFF01', '\uFF9F'), // full-width Latin and punctuation, half-width kana
    ];

    /// <summary>Writes a sentence-transformers folder, as the library itself would save the model.</summary>
    /// <param name="folder">Made when it does not exist; files of the same names are overwritten.</param>
    public static void Write(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        Directory.CreateDirectory(Path.Combine(folder, PoolingFolder));
        Directory.CreateDirectory(Path.Combine(folder, DenseFolder));
        var vocabulary = WriteTokenizer(folder);
        WriteConfiguration(folder, vocabulary);
        var normal = new SeededNormal(Seed);
        SafetensorsWriter.Write(Path.Combine(folder, "model.safetensors"), Bert(normal, vocabulary));
        SafetensorsWriter.Write(
            Path.Combine(folder, DenseFolder, "model.safetensors"),
            [("linear.bias", [Hidden], new float[Hidden]), ("linear.weight", [Hidden, Hidden], normal.Next(Hidden * Hidden))]);
    }

    /// <summary>Makes the model and imports it as any other is imported.</summary>
    public static Bundle CreateBundle(string bundleFolder)
    {
        var model = Directory.CreateTempSubdirectory("simcse-demo-");
        try
        {
            Write(model.FullName);
            return ModelImporter.Import(model.FullName, bundleFolder);
        }
        finally
        {
            model.Delete(recursive: true);
        }
    }

    private static int WriteTokenizer(string folder)
    {
        var pieces = SpecialTokens.Concat(Characters.SelectMany(
            range => Enumerable.Range(range.First, range.Last - range.First + 1).Select(code => ((char)code).ToString()))).ToArray();
        WriteText(folder, "vocab.txt", string.Join('\n', pieces) + "\n");
        WriteText(folder, "tokenizer_config.json", """
            {
              "do_lower_case": false,
              "word_tokenizer_type": "basic",
              "subword_tokenizer_type": "character",
              "model_max_length": 128,
              "tokenizer_class": "BertJapaneseTokenizer"
            }

            """);
        WriteText(folder, "special_tokens_map.json", """
            {"unk_token": "[UNK]", "sep_token": "[SEP]", "pad_token": "[PAD]", "cls_token": "[CLS]", "mask_token": "[MASK]"}

            """);
        WriteText(folder, "sentence_bert_config.json", """
            {"max_seq_length": 128, "do_lower_case": false}

            """);
        return pieces.Length;
    }

    private static void WriteConfiguration(string folder, int vocabulary)
    {
        var bert = new BertConfig
        {
            NameOrPath = Name,
            ModelType = "bert",
            HiddenSize = Hidden,
            IntermediateSize = Intermediate,
            MaxPositionEmbeddings = Positions,
            NumAttentionHeads = Heads,
            NumHiddenLayers = Layers,
            VocabSize = vocabulary,
            Untrained = true,
        };
        ModuleEntry[] modules =
        [
            new() { Index = 0, Name = "0", Path = "", Type = "sentence_transformers.models.Transformer" },
            new() { Index = 1, Name = "1", Path = PoolingFolder, Type = "sentence_transformers.models.Pooling" },
            new() { Index = 2, Name = "2", Path = DenseFolder, Type = "sentence_transformers.models.Dense" },
        ];
        var pooling = new PoolingConfig { WordEmbeddingDimension = Hidden, ClassificationToken = true };
        var dense = new DenseConfig { InFeatures = Hidden, OutFeatures = Hidden, ActivationFunction = "torch.nn.modules.activation.Tanh" };
        WriteText(folder, "config.json", JsonSerializer.Serialize(bert, ModelJson.Default.BertConfig));
        WriteText(folder, "modules.json", JsonSerializer.Serialize([.. modules], ModelJson.Default.ListModuleEntry));
        WriteText(folder, $"{PoolingFolder}/config.json", JsonSerializer.Serialize(pooling, ModelJson.Default.PoolingConfig));
        WriteText(folder, $"{DenseFolder}/config.json", JsonSerializer.Serialize(dense, ModelJson.Default.DenseConfig));
    }

    private static List<(string Name, int[] Shape, float[] Values)> Bert(SeededNormal normal, int vocabulary)
    {
        var tensors = new List<(string, int[], float[])>();
        Random("embeddings.word_embeddings.weight", vocabulary, Hidden);
        Random("embeddings.position_embeddings.weight", Positions, Hidden);
        Random("embeddings.token_type_embeddings.weight", 2, Hidden);
        LayerNorm("embeddings.LayerNorm");
        for (var layer = 0; layer < Layers; layer++)
        {
            var name = $"encoder.layer.{layer}";
            Linear($"{name}.attention.self.query", Hidden, Hidden);
            Linear($"{name}.attention.self.key", Hidden, Hidden);
            Linear($"{name}.attention.self.value", Hidden, Hidden);
            Linear($"{name}.attention.output.dense", Hidden, Hidden);
            LayerNorm($"{name}.attention.output.LayerNorm");
            Linear($"{name}.intermediate.dense", Intermediate, Hidden);
            Linear($"{name}.output.dense", Hidden, Intermediate);
            LayerNorm($"{name}.output.LayerNorm");
        }

        return tensors;

        void Random(string name, int rows, int columns) => tensors.Add((name, [rows, columns], normal.Next(rows * columns)));

        void Constant(string name, int length, float value)
        {
            var values = new float[length];
            values.AsSpan().Fill(value);
            tensors.Add((name, [length], values));
        }

        void Linear(string name, int rows, int columns)
        {
            Random($"{name}.weight", rows, columns);
            Constant($"{name}.bias", rows, 0);
        }

        void LayerNorm(string name)
        {
            Constant($"{name}.weight", Hidden, 1);
            Constant($"{name}.bias", Hidden, 0);
        }
    }

    private static void WriteText(string folder, string file, string text) =>
        File.WriteAllText(Path.Combine(folder, file), text, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
}
