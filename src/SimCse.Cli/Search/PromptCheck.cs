using SimCse.Cli.CommandLine;
using SimCse.Inference;

namespace SimCse.Cli.Search;

/// <summary>Tells what goes before texts that are compared, and where rows had a prompt and the texts have none.</summary>
internal static class PromptCheck
{
    /// <param name="files">The files, open already.</param>
    /// <param name="prompts">The prompts of the model.</param>
    /// <param name="options">The options that the texts are encoded with.</param>
    /// <param name="tell">Gets each sentence.</param>
    /// <exception cref="ArgumentException">The model has no prompt of that name.</exception>
    public static void Check(IReadOnlyList<VectorFile> files, ModelPrompts prompts, EncodeOptions options, Action<string> tell)
    {
        if (prompts.Resolve(options.Prompt, options.PromptName) is { Length: > 0 } prompt)
        {
            tell(PromptOptions.Sentence(prompt, options.PromptName));
        }
        else if (files.FirstOrDefault(file => file.Metadata?.Prompt is not null) is { } file)
        {
            tell(
                $"{file.Name} holds rows with the prompt '{file.Metadata!.Prompt}' before each; nothing goes before the texts that are " +
                "compared. Name the prompt of queries with --prompt-name or --prompt if the model has one.");
        }
    }
}
