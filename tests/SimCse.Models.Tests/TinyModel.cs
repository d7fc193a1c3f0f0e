using System.Text.Json.Nodes;
using SimCse.Models.Weights;
using SimCse.Testing;

namespace SimCse.Models.Tests;

/// <summary>A model folder of two layers, 8 wide, with random weights, to be changed in one respect and imported.</summary>
internal sealed class TinyModel : IDisposable
{
    public const int Vocabulary = 12;
    public const int Hidden = 8;
    public const int Intermediate = 16;
    public const int Layers = 2;
    public const int Heads = 2;
    public const int Positions = 10;
    public const int DenseWidth = 6;

    private readonly TemporaryFolder _folder = new();
    private readonly Random _random = new(20_261_123);

    public TinyModel()
    {
        Config = JsonNode.Parse($$"""
            {
              "model_type": "bert", "hidden_act": "gelu", "hidden_size": {{Hidden}}, "intermediate_size": {{Intermediate}},
              "layer_norm_eps": 1e-12, "max_position_embeddings": {{Positions}}, "num_attention_heads": {{Heads}},
              "num_hidden_layers": {{Layers}}, "type_vocab_size": 2, "vocab_size": {{Vocabulary}}
            }
            """)!.AsObject();
        Dense = JsonNode.Parse($$"""
            { "in_features": {{Hidden}}, "out_features": {{DenseWidth}}, "bias": true, "activation_function": "torch.nn.modules.activation.Tanh" }
            """)!.AsObject();
        Modules = [("", "Transformer"), ("1_Pooling", "Pooling"), ("2_Dense", "Dense")];
        AddBert();
        AddRandom(DenseTensors, "linear.weight", DenseWidth, Hidden);
        AddRandom(DenseTensors, "linear.bias", DenseWidth);
    }

    public string Folder => _folder.Path;

    public JsonObject Config { get; }

    public JsonObject Dense { get; }

    /// <summary>The name of a flag of 1_Pooling/config.json.</summary>
    public string Pooling { get; set; } = "pooling_mode_cls_token";

    /// <summary>The whole of 1_Pooling/config.json, in place of the flag.</summary>
    public string? PoolingJson { get; set; }

    public List<(string Path, string Kind)> Modules { get; set; }

    /// <summary>From a class's name to its type in modules.json.</summary>
    public Func<string, string> TypeName { get; set; } = kind => $"sentence_transformers.models.{kind}";

    public Dictionary<string, (int[] Shape, float[] Values)> Tensors { get; } = [];

    public Dictionary<string, (int[] Shape, float[] Values)> DenseTensors { get; } = [];

    /// <summary>Writes everything as it stands now.</summary>
    public TinyModel Save()
    {
        WriteText("config.json", Config.ToJsonString());
        WriteText("modules.json", new JsonArray([.. Modules.Select((module, i) => (JsonNode)new JsonObject
        {
            ["idx"] = i, ["name"] = $"{i}", ["path"] = module.Path, ["type"] = TypeName(module.Kind),
        })]).ToJsonString());
        WriteText("1_Pooling/config.json", PoolingJson ?? $$"""{"word_embedding_dimension": {{Hidden}}, "{{Pooling}}": true}""");
        WriteText("2_Dense/config.json", Dense.ToJsonString());
        WriteText("tokenizer_config.json", """{"word_tokenizer_type": "basic", "subword_tokenizer_type": "character"}""");
        WriteText("sentence_bert_config.json", $$"""{"max_seq_length": {{Positions}}, "do_lower_case": false}""");
        WriteText("vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n" + string.Join('\n', "あいうえおかき".Select(c => $"{c}")) + "\n");
        Write("model.safetensors", Tensors);
        Write("2_Dense/model.safetensors", DenseTensors);
        return this;
    }

    public void Rename(string from, string to)
    {
        foreach (var name in Tensors.Keys.Where(name => name.Contains(from, StringComparison.Ordinal)).ToArray())
        {
            Tensors.Remove(name, out var tensor);
            Tensors.Add(name.Replace(from, to, StringComparison.Ordinal), tensor);
        }
    }

    public void Dispose() => _folder.Dispose();

    private void AddBert()
    {
        AddRandom(Tensors, "embeddings.word_embeddings.weight", Vocabulary, Hidden);
        AddRandom(Tensors, "embeddings.position_embeddings.weight", Positions, Hidden);
        AddRandom(Tensors, "embeddings.token_type_embeddings.weight", 2, Hidden);
        AddPair("embeddings.LayerNorm", Hidden);
        for (var layer = 0; layer < Layers; layer++)
        {
            var name = $"encoder.layer.{layer}";
            AddPair($"{name}.attention.self.query", Hidden, Hidden);
            AddPair($"{name}.attention.self.key", Hidden, Hidden);
            AddPair($"{name}.attention.self.value", Hidden, Hidden);
            AddPair($"{name}.attention.output.dense", Hidden, Hidden);
            AddPair($"{name}.attention.output.LayerNorm", Hidden);
            AddPair($"{name}.intermediate.dense", Intermediate, Hidden);
            AddPair($"{name}.output.dense", Hidden, Intermediate);
            AddPair($"{name}.output.LayerNorm", Hidden);
        }

        AddPair("pooler.dense", Hidden, Hidden);
    }

    private void AddPair(string name, params int[] shape)
    {
        AddRandom(Tensors, $"{name}.weight", shape);
        AddRandom(Tensors, $"{name}.bias", shape[0]);
    }

    private void AddRandom(Dictionary<string, (int[] Shape, float[] Values)> tensors, string name, params int[] shape) =>
        tensors.Add(
            name,
            (shape, [.. Enumerable.Range(0, shape.Aggregate(1, (a, b) => a * b)).Select(_ => (float)((_random.NextDouble() * 2) - 1))]));

    private void Write(string name, Dictionary<string, (int[] Shape, float[] Values)> tensors) =>
        SafetensorsWriter.Write(_folder[name], [.. tensors.Select(tensor => (tensor.Key, tensor.Value.Shape, tensor.Value.Values))]);

    private void WriteText(string name, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder[name])!);
        File.WriteAllText(_folder[name], text);
    }
}
