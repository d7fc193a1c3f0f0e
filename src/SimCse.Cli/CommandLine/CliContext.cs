using System.CommandLine;
using SimCse.Cli.Terminal;

namespace SimCse.Cli.CommandLine;

/// <summary>What a command is given.</summary>
/// <param name="Parsed">The command line.</param>
/// <param name="Terminal">Where to write.</param>
/// <param name="CancellationToken">Cancelled by Ctrl-C and SIGTERM.</param>
internal sealed record CliContext(ParseResult Parsed, CliTerminal Terminal, CancellationToken CancellationToken)
{
    public bool IsVerbose => Parsed.GetValue(CommonOptions.Verbose);

    public T? Get<T>(Option<T> option) => Parsed.GetValue(option);

    public T? Get<T>(Argument<T> argument) => Parsed.GetValue(argument);

    /// <summary>Whether an option stands on the command line, and does not only have a default.</summary>
    public bool Has(Option option) => Parsed.GetResult(option) is { Implicit: false };
}
