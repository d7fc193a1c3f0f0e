using System.CommandLine;

namespace SimCse.Cli.CommandLine;

/// <summary>The base of every command. The constructor makes its symbols, and <see cref="RunAsync"/> does its work.</summary>
internal abstract class CliCommand : Command
{
    protected CliCommand(string name, string description)
        : base(name, description)
    {
        SetAction((parsed, _) => CliApp.RunAsync(this, parsed));
    }

    /// <summary>Example command lines, shown at the end of <c>--help</c>.</summary>
    public IReadOnlyList<string> Examples { get; protected init; } = [];

    /// <summary>Whether the command runs processes of its own, and so may take time to stop.</summary>
    public virtual bool OwnsProcesses => false;

    /// <returns>The exit code.</returns>
    public abstract Task<int> RunAsync(CliContext context);
}
