using System.CommandLine;

namespace SimCse.Cli.CommandLine;

/// <summary>Base of every command: its symbols are made in its constructor, its work is <see cref="RunAsync"/>.</summary>
internal abstract class CliCommand : Command
{
    protected CliCommand(string name, string description)
        : base(name, description)
    {
        SetAction((parsed, _) => CliApp.RunAsync(this, parsed));
    }

    /// <summary>Command lines to try, shown at the end of <c>--help</c>.</summary>
    public IReadOnlyList<string> Examples { get; protected init; } = [];

    /// <summary>Whether it runs processes of its own and so may take its time to stop.</summary>
    public virtual bool OwnsProcesses => false;

    /// <returns>The exit code.</returns>
    public abstract Task<int> RunAsync(CliContext context);
}
