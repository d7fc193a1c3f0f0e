namespace SimCse.Cli.CommandLine;

/// <summary>What the user is told: one clear sentence that says what was found, what was expected and what to do.</summary>
internal sealed class CliException(string message, Exception? inner = null) : Exception(message, inner);
