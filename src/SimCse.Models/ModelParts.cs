using System.Text.Json;
using SimCse.Models.Settings;

namespace SimCse.Models;

/// <summary>Where the parts of a sentence-transformers folder lie.</summary>
/// <param name="Folder">The model's folder.</param>
/// <param name="Modules">The entries of modules.json in their order; none where that file is missing.</param>
internal sealed record ModelParts(string Folder, IReadOnlyList<ModuleEntry> Modules)
{
    /// <summary>What sentence-transformers reads in place of sentence_bert_config.json, in its order.</summary>
    private static readonly string[] OtherTransformerFiles =
        [.. "roberta distilbert camembert albert xlm-roberta xlnet".Split(' ').Select(name => $"sentence_{name}_config.json")];

    /// <summary>
    /// The folder of the Transformer: of its config.json, sentence_bert_config.json, weights and tokenizer. It is the model's own, or below
    /// it, as the first versions of sentence-transformers saved it (<c>0_Transformer</c>).
    /// </summary>
    public string Transformer => Path.Combine(Folder, TransformerPath);

    private string TransformerPath => Modules.Count > 0 ? Modules[0].Path : "";

    /// <exception cref="InvalidDataException">modules.json is not the JSON expected, or names a folder outside of the model's.</exception>
    public static ModelParts Of(string folder)
    {
        var path = Path.Combine(folder, "modules.json");
        var modules = File.Exists(path) ? ModelJson.Read(path, ModelJson.Default.ListModuleEntry) : [];
        if (modules.Find(module => module.Path.Split('/', '\\').Contains("..") || Path.IsPathRooted(module.Path)) is { } outside)
        {
            throw new InvalidDataException($"{path} places a module in '{outside.Path}'; expected a folder inside the model's own.");
        }

        return new ModelParts(folder, [.. modules.OrderBy(module => module.Index)]);
    }

    /// <summary>Checks every setting of every file that is read.</summary>
    /// <returns>The settings that were ignored because the user said so.</returns>
    /// <exception cref="NotSupportedException">A setting, or a file, may change vectors and is not supported.</exception>
    public IReadOnlyList<string> CheckSettings(IReadOnlyList<string> ignored)
    {
        RefuseFiles();
        var check = new SettingsCheck(Folder, ignored);
        check.Check(In(TransformerPath, "config.json"), KnownSettings.Model);
        check.Check(In(TransformerPath, "tokenizer_config.json"), KnownSettings.Tokenizer);
        check.Check(In(TransformerPath, "special_tokens_map.json"), KnownSettings.SpecialTokensMap);
        check.Check(In(TransformerPath, "sentence_bert_config.json"), KnownSettings.Transformer);
        check.Check("config_sentence_transformers.json", KnownSettings.Sentences);
        check.Check("modules.json", KnownSettings.Module);
        foreach (var module in Modules.Skip(1))
        {
            if (KnownSettings.Modules.GetValueOrDefault(SentenceModules.Kind(module)) is { } known && module.Path.Length > 0)
            {
                check.Check(In(module.Path, "config.json"), known);
            }
        }

        return check.Finish();
    }

    /// <summary>Where the limit of texts comes from, as the tokenizer finds it.</summary>
    public string LimitFrom(int limit) =>
        Number("sentence_bert_config.json", "max_seq_length") is not null ? "max_seq_length of sentence_bert_config.json"
        : Number("tokenizer_config.json", "model_max_length") == limit ? "model_max_length of tokenizer_config.json"
        : "max_position_embeddings of config.json";

    private double? Number(string file, string name)
    {
        var path = Path.Combine(Transformer, file);
        if (!File.Exists(path))
        {
            return null;
        }

        using var json = JsonDocument.Parse(File.ReadAllBytes(path));
        return json.RootElement.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : null;
    }

    private void RefuseFiles()
    {
        if (File.Exists(Path.Combine(Transformer, "adapter_config.json")))
        {
            throw new NotSupportedException(
                $"{Transformer} holds adapter_config.json: the libraries add the weights of this adapter to the model's, which is not " +
                "supported. Merge them (merge_and_unload of peft) and save the model without it.");
        }

        if (!File.Exists(Path.Combine(Transformer, "sentence_bert_config.json"))
            && Array.Find(OtherTransformerFiles, file => File.Exists(Path.Combine(Transformer, file))) is { } other)
        {
            throw new NotSupportedException(
                $"{Transformer} holds {other} and no sentence_bert_config.json; expected the limit of texts in the latter. Rename the " +
                "file.");
        }
    }

    private static string In(string folder, string file) => folder.Length == 0 ? file : $"{folder.TrimEnd('/')}/{file}";
}
