using System.CommandLine;
using System.CommandLine.Invocation;
using SimCse.Cli.CommandLine;
using SimCse.Cli.Commands;
using SimCse.Cli.Terminal;

namespace SimCse.Cli;

/// <summary>Parses the whole command line, runs the command, and reports a failure as one sentence and an exit code.</summary>
internal static class CliApp
{
    public static Task<int> RunAsync(string[] args) => RunAsync(CreateRoot(), args);

    /// <param name="root">The root of all commands.</param>
    /// <param name="args">The arguments of the program; none of them asks for help.</param>
    internal static async Task<int> RunAsync(RootCommand root, string[] args)
    {
        var parsed = root.Parse(args.Length == 0 ? ["--help"] : args);
        if (parsed.Action is ParseErrorAction)
        {
            return ReportUsage(parsed, new CliTerminal());
        }

        // Signals and exceptions are handled here instead of in the library, so that every command handles them in the same way.
        return await parsed.InvokeAsync(
            new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
    }

    /// <summary>All commands, in the order of <c>--help</c>.</summary>
    internal static RootCommand CreateRoot() => Complete(new RootCommand(
        "Japanese sentence embeddings: text files in, Parquet out; as batch jobs on Azure Functions or right here.")
    {
        new DemoCommand(),
        new UpCommand(),
        new SubmitCommand(),
        new JobsCommand(),
        new SourcesCommand(),
        new SyncCommand(),
        new EncodeCommand(),
        new TokenizeCommand(),
        new SimilarCommand(),
        new ExportCommand(),
        new CliGroup(
            "load", "Load vectors into a database.", [new LoadPgvectorCommand(), new LoadSearchCommand(), new LoadQdrantCommand()]),
        new EstimateCommand(),
        new CliGroup(
            "model", "Fetch, import, make and inspect models.",
            [new ModelPullCommand(), new ModelImportCommand(), new ModelDemoCommand(), new ModelRandomCommand(), new ModelInfoCommand()]),
        new CliGroup("eval", "Measure a model's quality.", [new EvalStsCommand(), new EvalPrecisionCommand()]),
        new CliGroup("bench", "Measure the encoder here.", [new BenchEncodeCommand(), new BenchTuneCommand()]),
        new CompletionCommand(),
    });

    /// <summary>Adds what the commands of any root have in common.</summary>
    internal static RootCommand Complete(RootCommand root)
    {
        root.Add(CommonOptions.Verbose);
        HelpExamples.AddTo(root);
        return root;
    }

    internal static async Task<int> RunAsync(CliCommand command, ParseResult parsed)
    {
        using var interruption = new Interruption(isPatient: command.OwnsProcesses);
        var context = new CliContext(parsed, new CliTerminal(), interruption.Token);
        try
        {
            var running = Task.Run(() => command.RunAsync(context));
            return await Task.WhenAny(running, interruption.Expired) == running ? await running : interruption.ExitCode;
        }
        catch (OperationCanceledException) when (interruption.Token.IsCancellationRequested)
        {
            return interruption.ExitCode;
        }
        catch (Exception e)
        {
            context.Terminal.Error(context.IsVerbose ? e.ToString() : ErrorSentence.Describe(e));
            return e is CliException failure ? failure.ExitCode : ExitCodes.Failure;
        }
    }

    private static int ReportUsage(ParseResult parsed, CliTerminal terminal)
    {
        // One sentence on one line: the last error, because earlier ones may follow from it (a mistyped command is also missing).
        terminal.Error(string.Join(' ', parsed.Errors[^1].Message.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)));
        terminal.Note($"See: {HelpExamples.Path(parsed.CommandResult)} --help");
        return ExitCodes.Usage;
    }
}
