using System.CommandLine;

namespace SimCse.Cli.CommandLine;

/// <summary>A command that only groups other commands, such as <c>simcse model</c>.</summary>
internal sealed class CliGroup : Command
{
    public CliGroup(string name, string description, IEnumerable<Command> commands)
        : base(name, description)
    {
        foreach (var command in commands)
        {
            Add(command);
        }
    }
}
