using SimCse.Inference;

namespace SimCse.Jobs.State;

/// <summary>What goes before each text of a job; the same in all of its parts.</summary>
/// <param name="Text">The text, which is not empty.</param>
/// <param name="Name">Its name among the model's prompts; <see langword="null"/> for a text of the user's.</param>
public sealed record JobPrompt(string Text, string? Name = null)
{
    /// <summary>The prompt that options lead to; <see langword="null"/> when nothing goes before.</summary>
    /// <exception cref="ArgumentException">Both a prompt and a name are given, or the model has no prompt of that name.</exception>
    internal static JobPrompt? Of(JobOptions options, ModelPrompts model) =>
        model.Resolve(options.Prompt, options.PromptName) is { Length: > 0 } text
            ? new JobPrompt(text, options.Prompt is null ? options.PromptName ?? model.DefaultName : null)
            : null;
}
