using System.CommandLine;
using SimCse.Cli.CommandLine;
using SimCse.Cli.Output;
using SimCse.Cli.Storage;
using SimCse.Cli.Terminal;
using SimCse.Jobs.Clients;
using SimCse.Jobs.Upkeep;

namespace SimCse.Cli.Commands;

/// <summary><c>simcse jobs clean</c>: deletes the jobs that are kept no longer, or shows them.</summary>
internal sealed class JobsCleanCommand : CliCommand
{
    private readonly Option<int?> _oldVersions = new Option<int?>("--old-versions")
    {
        Description = "Delete complete jobs of a source's older versions after so many days. Default: the app's Jobs__KeepOldVersionsDays.",
        HelpName = "DAYS",
    }.AtLeast(0);

    private readonly Option<int?> _unfinished = new Option<int?>("--unfinished")
    {
        Description = "Delete failed and cancelled jobs after so many days. Default: the app's Jobs__KeepUnfinishedDays.",
        HelpName = "DAYS",
    }.AtLeast(0);

    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "Show what would go and how much it is, and delete nothing." };
    private readonly Option<bool> _yes = new(Confirmation.Option, "-y") { Description = "Do not ask." };
    private readonly SecretOption _connection = CommonOptions.Connection();
    private readonly Option<string> _data = CommonOptions.Data();

    public JobsCleanCommand()
        : base("clean", "Delete old versions' output, and jobs that failed or were cancelled long ago. The newest version always stays.")
    {
        Add(_oldVersions);
        Add(_unfinished);
        Add(_dryRun);
        Add(_yes);
        _connection.AddTo(this);
        Add(_data);
        Examples = ["simcse jobs clean --dry-run", "simcse jobs clean --old-versions 30 --unfinished 7 --yes"];
    }

    public override async Task<int> RunAsync(CliContext context)
    {
        var client = await StorageSelection.ConnectAsync(context, _connection.Read(context), context.Get(_data)!);
        var settings = await client.GetSettingsAsync(context.CancellationToken);
        var retention = new Retention(
            Retention.Days(context.Get(_oldVersions) ?? settings.KeepOldVersionsDays),
            Retention.Days(context.Get(_unfinished) ?? settings.KeepUnfinishedDays));
        if (!retention.IsOn)
        {
            throw new CliException(
                "Nothing says how long jobs are kept: give --old-versions DAYS or --unfinished DAYS, or set Jobs__KeepOldVersionsDays or " +
                "Jobs__KeepUnfinishedDays in the app.");
        }

        var (jobs, size) = (new List<ExpiredJob>(), default(JobSize));
        await foreach (var expired in client.FindExpiredAsync(retention, context.CancellationToken))
        {
            jobs.Add(expired);
            size += expired.Size;
        }

        if (jobs.Count == 0)
        {
            context.Terminal.Line("There is nothing to delete.");
            return ExitCodes.Success;
        }

        return await DeleteAsync(client, jobs, $"{Amount.Of(jobs.Count, "job")}, {JobText.Size(size)}", context);
    }

    private async Task<int> DeleteAsync(JobClient client, List<ExpiredJob> jobs, string what, CliContext context)
    {
        var table = CliTable.Create("!job", "source", "!state", ">bytes");
        foreach (var expired in jobs)
        {
            table.Row(
                expired.Status.Job, expired.Status.Source, expired.Status.State, Amount.Of(expired.Size.Bytes));
        }

        context.Terminal.Out.Write(table);
        context.Terminal.Line(jobs.Select(expired => $"{expired.Status.Job}: {expired.Reason}"));
        if (context.Get(_dryRun))
        {
            context.Terminal.Line($"{what} would be deleted. Nothing was.");
            return ExitCodes.Success;
        }

        if (!context.Get(_yes) && !await Confirmation.AskAsync($"Delete {what}?", context))
        {
            context.Terminal.Note("Nothing was deleted.");
            return ExitCodes.Failure;
        }

        foreach (var expired in jobs)
        {
            await client.DeleteAsync(expired.Status.Job, context.CancellationToken); // one that runs again by now stays
        }

        context.Terminal.Line($"Deleted {what}.");
        return ExitCodes.Success;
    }
}
