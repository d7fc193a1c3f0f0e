using System.Text.RegularExpressions;

namespace SimCse.Models.Pull;

/// <summary>Selects the files of a repository that an import reads. A repository holds the weights for several frameworks.</summary>
internal static partial class HubFileSelection
{
    public const string Modules = "modules.json";

    /// <summary>Files of the repository itself and of the Transformer's folder. Some are fetched to be refused.</summary>
    private static readonly HashSet<string> ModelFiles = new(StringComparer.Ordinal)
    {
        "config.json", "config_sentence_transformers.json", Modules, "sentence_bert_config.json", "tokenizer_config.json",
        "special_tokens_map.json", "added_tokens.json", "vocab.txt", "tokenizer.json", "README.md", "LICENSE", "LICENSE.txt", "LICENSE.md",
        "expected.jsonl", "adapter_config.json",
    };

    /// <param name="files">All files of the repository.</param>
    /// <param name="moduleFolders">
    /// The folders that modules.json names, the Transformer's first; the empty one is the repository itself.
    /// </param>
    public static IEnumerable<HubFile> Select(IReadOnlyList<HubFile> files, IReadOnlyList<string> moduleFolders)
    {
        var transformer = moduleFolders is [var first, ..] ? first : "";
        foreach (var folder in moduleFolders.Append("").Distinct(StringComparer.Ordinal))
        {
            var prefix = folder.Length == 0 ? "" : $"{folder}/";
            var inFolder = files.Where(
                file => file.Name.StartsWith(prefix, StringComparison.Ordinal) && !file.Name[prefix.Length..].Contains('/')).ToList();
            var safetensors = inFolder.Any(file => SafetensorsName().IsMatch(file.Name[prefix.Length..]));
            foreach (var file in inFolder)
            {
                var name = file.Name[prefix.Length..];
                var wanted = folder.Length == 0 || folder == transformer ? IsModelFile(name) : name == "config.json";
                if (wanted || (safetensors ? SafetensorsName() : PyTorchName()).IsMatch(name))
                {
                    yield return file;
                }
            }
        }
    }

    private static bool IsModelFile(string name) => ModelFiles.Contains(name) || OtherTransformerName().IsMatch(name);

    [GeneratedRegex(@"^sentence_.+_config\.json$")]
    private static partial Regex OtherTransformerName();

    [GeneratedRegex(@"^model(-\d+-of-\d+)?\.safetensors(\.index\.json)?$")]
    private static partial Regex SafetensorsName();

    [GeneratedRegex(@"^pytorch_model(-\d+-of-\d+)?\.bin(\.index\.json)?$")]
    private static partial Regex PyTorchName();
}
