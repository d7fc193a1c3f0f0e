namespace SimCse.Cli.CommandLine;

internal static class ExitCodes
{
    public const int Success = 0;

    /// <summary>Something that was asked for did not happen. Standard error says what.</summary>
    public const int Failure = 1;

    /// <summary>The command line itself is wrong, and nothing was done.</summary>
    public const int Usage = 2;

    /// <summary>The present state forbids what was asked for, as HTTP's 409 says; nothing was changed.</summary>
    public const int Refused = 3;

    /// <summary>128 + SIGINT, which is the shells' convention.</summary>
    public const int Interrupted = 130;

    /// <summary>128 + SIGTERM.</summary>
    public const int Terminated = 143;
}
