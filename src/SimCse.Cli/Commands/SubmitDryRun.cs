using System.Globalization;
using SimCse.Cli.CommandLine;
using SimCse.Cli.Input;
using SimCse.Cli.Output;
using SimCse.Cli.Terminal;
using SimCse.Jobs.Clients;
using SimCse.Jobs.Sources;
using SimCse.Jobs.State;

namespace SimCse.Cli.Commands;

/// <summary>What <c>simcse submit --dry-run</c> shows: the sources, texts and shards that there would be, and their time.</summary>
internal static class SubmitDryRun
{
    private const int MaxRows = 50;

    /// <param name="files">The files to read.</param>
    /// <param name="kind">The format of standard input.</param>
    /// <param name="options">Say how files are read.</param>
    /// <param name="client">The account whose last job tells how fast its app is.</param>
    /// <param name="context">The terminal.</param>
    public static async Task<int> RunAsync(
        SubmittedFiles files, SourceKind kind, JobOptions options, JobClient client, CliContext context)
    {
        var table = CliTable.Create("source", ">texts", ">shards", ">bytes");
        var (texts, shards, bytes, rows, problems) = (0L, 0L, 0L, 0, new List<string>());
        foreach (var file in files.Files)
        {
            try
            {
                await using var found = await TextInput.OpenAsync(
                    file.Path, kind, context.CancellationToken, options.ToColumns(), options.Encoding);
                texts += found.Source.Texts;
                shards += found.Source.Shards;
                bytes += found.Bytes;
                if (rows++ < MaxRows)
                {
                    table.Row(file.Source, Amount.Of(found.Source.Texts), Amount.Of(found.Source.Shards), Amount.Of(found.Bytes));
                }
            }
            catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException or CliException)
            {
                problems.Add($"{file.Source}: {ErrorSentence.Describe(e)}");
            }
        }

        context.Terminal.Out.Write(table);
        if (rows > MaxRows)
        {
            context.Terminal.Note($"The first {MaxRows} of {Amount.Of(rows, "source")} are shown.");
        }

        problems.ForEach(context.Terminal.Warn);

        context.Terminal.Line((
            $"{Amount.Of(files.Files.Count, "source")}, {Amount.Of(texts, "text")} in {Amount.Of(shards, "shard")}, " +
            $"{Amount.Of(bytes, "byte")}. {files.DescribeIgnored()}").TrimEnd());
        context.Terminal.Line(await EstimateAsync(texts, client, context.CancellationToken), "Nothing was submitted.");
        return problems.Count == 0 ? ExitCodes.Success : ExitCodes.Failure;
    }

    /// <summary>Nothing says better how fast an app is than what it has done.</summary>
    private static async Task<string> EstimateAsync(long texts, JobClient client, CancellationToken cancellationToken)
    {
        var last = await client.ListPageAsync(new JobQuery(JobStatus.Succeeded), size: 1, cancellationToken: cancellationToken);
        return last.Jobs is [{ TextsPerSecond: > 0 and var rate } job]
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"About {JobText.Duration(TimeSpan.FromSeconds(Math.Ceiling(texts / rate)))} at {rate:N0} texts/s, as its last job had " +
                $"here ({job.Job}, {Amount.Of(job.Texts, "text")}).")
            : "No job has been done in this storage account yet; 'simcse estimate' measures how long these texts take.";
    }
}
