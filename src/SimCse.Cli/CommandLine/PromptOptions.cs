using System.CommandLine;

namespace SimCse.Cli.CommandLine;

/// <summary>The options that say what goes before each text: a prompt, or the name of one of the model's. One excludes the other.</summary>
internal sealed class PromptOptions
{
    private readonly Option<string?> _prompt;
    private readonly Option<string?> _name;

    /// <param name="each">What the prompt goes before, in words.</param>
    /// <param name="otherwise">What goes before it without these options.</param>
    public PromptOptions(string each = "each text", string otherwise = "the model's default prompt, if it has one")
    {
        _prompt = new("--prompt")
        {
            Description = $"What goes before {each}, as the model was trained to see it. \"\" is nothing. Default: {otherwise}.",
            HelpName = "PROMPT",
        };
        _name = new("--prompt-name")
        {
            Description = "Instead of --prompt: the name of one of the model's prompts, such as query or document.",
            HelpName = "NAME",
        };
    }

    /// <summary>Says what goes before each text.</summary>
    /// <param name="prompt">Its text, not empty.</param>
    /// <param name="name">Its name in the model; <see langword="null"/> where it has none.</param>
    public static string Sentence(string prompt, string? name) =>
        $"Before each text goes '{prompt}'{(name is null ? "" : $", the model's prompt '{name}'")}.";

    public void AddTo(Command command)
    {
        command.Add(_prompt);
        command.Add(_name);
        command.Validators.Add(result =>
        {
            if (result.GetValue(_prompt) is not null && result.GetValue(_name) is not null)
            {
                result.AddError("--prompt and --prompt-name are both given; expected one of them.");
            }
        });
    }

    /// <summary>The text of <c>--prompt</c>; <see langword="null"/> without it.</summary>
    public string? Text(CliContext context) => context.Get(_prompt);

    /// <summary>The name of <c>--prompt-name</c>; <see langword="null"/> without it.</summary>
    public string? Name(CliContext context) => context.Get(_name);
}
