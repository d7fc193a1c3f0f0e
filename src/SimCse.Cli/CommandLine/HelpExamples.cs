using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;

namespace SimCse.Cli.CommandLine;

/// <summary>Puts a command's <see cref="CliCommand.Examples"/> at the end of its help.</summary>
internal sealed class HelpExamples(HelpAction help) : SynchronousCommandLineAction
{
    /// <summary><c>--help</c> is accepted, whatever else the command line contains.</summary>
    public override bool ClearsParseErrors => true;

    public static void AddTo(RootCommand root)
    {
        var option = root.Options.OfType<HelpOption>().Single();
        if (option.Action is HelpAction help)
        {
            option.Action = new HelpExamples(help);
        }
    }

    /// <summary>The words that lead to a command, such as <c>simcse model info</c>.</summary>
    public static string Path(CommandResult command) =>
        command.Parent is CommandResult parent ? $"{Path(parent)} {command.Command.Name}" : "simcse";

    public override int Invoke(ParseResult parseResult)
    {
        var exitCode = InvokeHelp(parseResult);
        if (parseResult.CommandResult.Command is CliCommand { Examples.Count: > 0 } command)
        {
            var output = parseResult.InvocationConfiguration.Output;
            output.WriteLine("Examples:");
            foreach (var example in command.Examples)
            {
                output.WriteLine($"  {example}");
            }

            output.WriteLine();
        }

        return exitCode;
    }

    /// <summary>The library shows a parent's arguments with its commands (<c>jobs [ID] retry ID</c>); this hides them.</summary>
    private int InvokeHelp(ParseResult parseResult)
    {
        var arguments = parseResult.CommandResult.Parent is CommandResult parent ? parent.Command.Arguments : [];
        foreach (var argument in arguments)
        {
            argument.Hidden = true;
        }

        return help.Invoke(parseResult);
    }
}
