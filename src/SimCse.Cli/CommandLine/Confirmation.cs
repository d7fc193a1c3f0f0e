using SimCse.Cli.Terminal;
using Spectre.Console;

namespace SimCse.Cli.CommandLine;

/// <summary>Asks before something is done that costs time, or cannot be undone.</summary>
internal static class Confirmation
{
    /// <summary>The option that answers before it is asked.</summary>
    public const string Option = "--yes";

    /// <exception cref="CliException">There is nobody to ask.</exception>
    public static async Task<bool> AskAsync(string question, CliContext context) => Console.IsInputRedirected
        ? throw new CliException($"{question} Add {Option}; there is no terminal to ask.")
        : await new ConfirmationPrompt(CliTerminal.Plain(question)) { DefaultValue = false }.ShowAsync(
            context.Terminal.Err, context.CancellationToken);
}
