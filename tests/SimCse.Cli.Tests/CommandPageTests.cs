using System.CommandLine;
using SimCse.Testing;

namespace SimCse.Cli.Tests;

public sealed class CommandPageTests
{
    [Fact]
    public void The_page_of_commands_has_a_row_for_each()
    {
        var page = File.ReadAllText(Path.Combine(RepositoryRoot.Path, "docs", "commands.md"));

        Assert.All(
            Leaves(CliApp.CreateRoot(), "simcse"),
            command => Assert.Matches($@"(?m)^\|.*`{command}[ `]", page));
    }

    /// <summary>The commands that do something by themselves.</summary>
    private static IEnumerable<string> Leaves(Command parent, string path) => parent.Subcommands.SelectMany(command =>
        command.Subcommands.Count == 0 ? [$"{path} {command.Name}"] : Leaves(command, $"{path} {command.Name}"));
}
