using SimCse.Cli.CommandLine;
using SimCse.Cli.Terminal;
using SimCse.Inference;
using SimCse.Tokenization;

namespace SimCse.Cli.Models;

/// <summary>Finds the bundle that a command works with, and warns when its vectors have no meaning.</summary>
internal static class ModelSelection
{
    public const string UntrainedNote = "UNTRAINED: its vectors follow shared characters and mean nothing else";

    /// <summary>
    /// Opens the bundle from <c>--model</c>, from the environment, or the demo model, which is made when it is missing. Its files are
    /// hashed while an encoder is loaded; a command that loads none verifies the bundle itself.
    /// </summary>
    /// <param name="folder">The folder from <c>--model</c>, if any.</param>
    /// <param name="terminal">The terminal that notes are written to.</param>
    /// <param name="cancellationToken">Cancels the wait for another process that makes the demo model.</param>
    /// <param name="showsVectors">Whether the command's result depends on what the vectors mean.</param>
    public static async Task<Bundle> OpenAsync(
        string? folder, CliTerminal terminal, CancellationToken cancellationToken, bool showsVectors = false)
    {
        var bundle = TryOpen(folder) ?? await DemoAsync(terminal, cancellationToken);
        Warn(bundle, terminal, showsVectors);
        return bundle;
    }

    /// <summary>
    /// Opens the same bundle for its tokenizer alone: the files that this one reads, among them a dictionary of 260 MB, are hashed while it
    /// is loaded, and those of the graph are not.
    /// </summary>
    public static async Task<(Bundle Bundle, SentenceTokenizer Tokenizer)> OpenTokenizerAsync(
        string? folder, CliTerminal terminal, CancellationToken cancellationToken)
    {
        var bundle = TryOpen(folder) ?? await DemoAsync(terminal, cancellationToken);
        var verification = Task.Run(bundle.VerifyTokenizer, cancellationToken);
        try
        {
            return (bundle, bundle.LoadTokenizer());
        }
        finally
        {
            await verification; // a changed file explains whatever else went wrong
        }
    }

    /// <summary>Opens the bundle from <c>--model</c> or from the environment; <see langword="null"/> if none is named.</summary>
    public static Bundle? TryOpen(string? folder) => folder is not null ? Open(folder)
        : Environment.GetEnvironmentVariable(CommonOptions.ModelVariable) is { Length: > 0 } variable
            ? Open(variable, CommonOptions.ModelVariable)
        : null;

    /// <summary>Warns when a bundle's vectors may be wrong on this processor, and, where they are shown, when they mean nothing.</summary>
    public static void Warn(Bundle bundle, CliTerminal terminal, bool showsVectors)
    {
        if (showsVectors && bundle.Model.Untrained)
        {
            terminal.Warn($"the model {bundle.Model.Name} is {UntrainedNote}.");
        }

        if (OverflowWarning.Find(bundle) is { } warning)
        {
            terminal.Warn(warning);
        }
    }

    /// <param name="folder">The folder of a bundle.</param>
    /// <param name="option">The option that named the folder, for the message.</param>
    /// <exception cref="CliException">The folder does not hold a bundle.</exception>
    public static Bundle Open(string folder, string option = "--model")
    {
        if (!File.Exists(Path.Combine(folder, BundleManifest.FileName)))
        {
            var what = File.Exists(folder) ? "a file"
                : !Directory.Exists(folder) ? "not there"
                : File.Exists(Path.Combine(folder, "modules.json")) ? "a sentence-transformers model that is not imported yet"
                : $"a folder without {BundleManifest.FileName}";
            throw new CliException(
                $"{option} names '{folder}', which is {what}; expected the folder of a bundle. 'simcse model --help' says how to get one.");
        }

        return Bundle.OpenUnverified(folder);
    }

    private static async Task<Bundle> DemoAsync(CliTerminal terminal, CancellationToken cancellationToken)
    {
        if (!DemoBundleCache.Exists)
        {
            terminal.Note($"Making the demo model, once, in {DemoBundleCache.Folder} …");
        }

        return await DemoBundleCache.EnsureAsync(cancellationToken);
    }
}
