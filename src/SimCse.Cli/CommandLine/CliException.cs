namespace SimCse.Cli.CommandLine;

/// <summary>An error for the user. Its message says in one clear sentence what was found, expected and to be done.</summary>
internal sealed class CliException(string message, Exception? inner = null, int exitCode = ExitCodes.Failure) : Exception(message, inner)
{
    public int ExitCode => exitCode;
}
