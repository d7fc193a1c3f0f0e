using SimCse.Cli.CommandLine;
using SimCse.Cli.Output;
using SimCse.Cli.Progress;
using SimCse.Cli.Terminal;
using SimCse.Jobs.Clients;

namespace SimCse.Cli.Storage;

/// <summary>Fetches the newest versions of sources, and says what was done: for <c>sync</c> and <c>jobs download</c>.</summary>
internal static class LatestReport
{
    private const int MaxShown = 3;

    /// <param name="Verifies">Whether the hashes of files that are there are checked, and not only their sizes.</param>
    /// <param name="DeletesOld">Whether older versions are deleted.</param>
    public sealed record Options(bool Verifies = false, bool DeletesOld = false);

    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(JobClient client, string sourceOrPrefix, string root, Options options, CliContext context)
    {
        var terminal = context.Terminal;
        var sources = await client.ListCurrentAsync(sourceOrPrefix, cancellationToken: context.CancellationToken);
        if (sources.Count == 0)
        {
            return sourceOrPrefix.Length > 0
                ? throw JobReferences.NoSource(sourceOrPrefix)
                : Nothing(terminal);
        }

        terminal.Note($"Comparing {Amount.Of(sources.Count, "source")} with {root} …");
        var results = await DownloadBar.ShowAsync(terminal, Amount.Of(sources.Count, "source"), async report =>
        {
            using var download = new JobDownload(client, options.Verifies, report);
            var latest = new LatestDownload(client, download, root, options.DeletesOld);
            return await ExplainAsync(root, terminal, async () =>
            {
                var done = await latest.RunAsync(sources, result => ShowPiped(result, terminal), context.CancellationToken);
                if (done.Any(result => result.Job is not null))
                {
                    await LatestView.WriteAsync(root, context.CancellationToken);
                }

                return done;
            });
        });
        var exitCode = Show(results, root, terminal);
        NoteVanished(root, sourceOrPrefix, sources.Select(source => source.Source), terminal);
        return exitCode;
    }

    /// <summary>Turns a failure of the disk into a sentence that says how to go on, and says it when a user stops the work.</summary>
    public static async Task<T> ExplainAsync<T>(string folder, CliTerminal terminal, Func<Task<T>> work)
    {
        try
        {
            return await work();
        }
        catch (OperationCanceledException)
        {
            terminal.Note("Stopped. What was fetched stays; the same command goes on from there.");
            throw;
        }
        catch (Exception e) when (SystemError.DescribeWriting(e, folder) is { } problem)
        {
            throw new CliException(
                $"{problem} What was fetched stays. Make room, or choose another folder with --output, and run the command again: it " +
                "goes on from there.", e);
        }
    }

    public static void WarnOfErrors(DownloadedJob job, CliTerminal terminal)
    {
        if (job.Success.Errors > 0)
        {
            var (errors, files) = (job.Success.Errors, job.Folder.ErrorFiles);
            var more = files.Count > 1 ? $" and {Amount.Of(files.Count - 1, "more file")} there" : "";
            terminal.Warn(
                $"{job.Success.Source}: {Amount.Of(errors)} of {Amount.Of(job.Success.Texts, "text")} could not be encoded and " +
                $"{(errors == 1 ? "has" : "have")} no row; why: {files[0].Path}{more}");
        }
    }

    private static int Nothing(CliTerminal terminal)
    {
        terminal.Note("No source has a complete job yet; 'simcse submit FILE' starts one.");
        return ExitCodes.Success;
    }

    /// <summary>On a terminal there is a bar; a log should show that something happens.</summary>
    private static void ShowPiped(LatestSource result, CliTerminal terminal)
    {
        if (!CliTerminal.IsErrorInteractive && result.Job?.Files > 0)
        {
            terminal.Note($"  {result.Source} …");
        }
    }

    private static int Show(IReadOnlyList<LatestSource> results, string root, CliTerminal terminal)
    {
        foreach (var job in results.Select(result => result.Job).OfType<DownloadedJob>().Where(job => job.Files > 0))
        {
            terminal.Line($"{job.Success.Source}: {Amount.Of(job.Success.Rows, "row")} → {job.Folder.Path}");
            WarnOfErrors(job, terminal);
        }

        foreach (var result in results.Where(result => result.Problem is not null))
        {
            terminal.Error($"{result.Source}: {result.Problem}");
        }

        var fetched = results.Count(result => result.Job?.Files > 0);
        var failed = results.Count(result => result.Job is null);
        string?[] parts =
        [
            fetched == 0 ? "nothing is new" : $"{Amount.Of(fetched, "source")} fetched",
            results.Count > fetched + failed ? $"{Amount.Of(results.Count - fetched - failed, "source")} up to date" : null,
            failed > 0 ? $"{Amount.Of(failed, "source")} failed" : null,
            results.Sum(result => result.Deleted) is > 0 and var deleted ? $"{Amount.Of(deleted, "older version")} deleted" : null,
        ];
        var summary = string.Join(", ", parts.OfType<string>());
        terminal.Note($"{char.ToUpperInvariant(summary[0])}{summary[1..]}.");
        NoteSuperseded([.. results.SelectMany(result => result.Superseded)], terminal);
        if (failed < results.Count)
        {
            var hasText = results.Any(result => result.Job?.Success.Options.IncludeText ?? false);
            terminal.Note($"Next: {NextCommand.QueryLatest(root, hasText)}");
        }

        return failed == 0 ? ExitCodes.Success : ExitCodes.Failure;
    }

    /// <summary>Copies of what was deleted in storage still are in the view. Nobody but the user knows whether they should be.</summary>
    private static void NoteVanished(string root, string prefix, IEnumerable<string> sources, CliTerminal terminal)
    {
        var folders = LatestCopy.All(root).Select(copy => copy.Source)
            .Where(source => source.StartsWith(prefix, StringComparison.Ordinal)).Except(sources)
            .Select(source => Path.Combine(root, LocalPath.Of(source))).ToList();
        if (folders.Count > 0)
        {
            terminal.Note(
                $"{Amount.Of(folders.Count, "source")} {(folders.Count == 1 ? "is" : "are")} here and no longer in storage: " +
                $"{Some(folders)}. Delete what you do not want to keep.");
        }
    }

    private static string Some(IReadOnlyList<string> folders) =>
        string.Join(", ", folders.Take(MaxShown)) + (folders.Count > MaxShown ? ", …" : "");

    private static void NoteSuperseded(IReadOnlyList<string> folders, CliTerminal terminal)
    {
        if (folders.Count > 0)
        {
            terminal.Note(
                $"{Amount.Of(folders.Count, "older version")} {(folders.Count == 1 ? "stays" : "stay")}: {Some(folders)}. The view " +
                "'latest' leaves out older ones; --delete-old deletes them.");
        }
    }
}
