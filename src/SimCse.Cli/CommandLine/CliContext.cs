using System.CommandLine;
using SimCse.Cli.Terminal;

namespace SimCse.Cli.CommandLine;

/// <summary>The input and output of a command.</summary>
/// <param name="Parsed">The parsed command line.</param>
/// <param name="Terminal">The terminal to write to.</param>
/// <param name="CancellationToken">A token that Ctrl-C and SIGTERM cancel.</param>
internal sealed record CliContext(ParseResult Parsed, CliTerminal Terminal, CancellationToken CancellationToken)
{
    public bool IsVerbose => Parsed.GetValue(CommonOptions.Verbose);

    public T? Get<T>(Option<T> option) => Parsed.GetValue(option);

    public T? Get<T>(Argument<T> argument) => Parsed.GetValue(argument);

    /// <summary>Whether an option was given on the command line, and does not only have its default.</summary>
    public bool Has(Option option) => Parsed.GetResult(option) is { Implicit: false };
}
