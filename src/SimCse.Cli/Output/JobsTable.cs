using SimCse.Cli.Terminal;
using SimCse.Jobs;
using SimCse.Jobs.Clients;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace SimCse.Cli.Output;

/// <summary>A table of jobs, and below it what is to be said of some of them, on a line of its own each.</summary>
internal static class JobsTable
{
    /// <summary>The width from which on there is room for the time beside a name.</summary>
    private const int Wide = 110;

    /// <param name="statuses">The jobs.</param>
    /// <param name="width">The width of the terminal in columns. On a narrow one the table has no times.</param>
    public static IRenderable Create(IReadOnlyList<JobStatus> statuses, int width)
    {
        string[] times = width >= Wide ? ["!created"] : [];
        var table = CliTable.Create(["!job", "source", "!state", ">done", ">texts", ">errors", .. times]);
        foreach (var status in statuses)
        {
            times = width >= Wide ? [JobText.Time(status.CreatedOn)] : [];
            table.Row(
                [
                    status.Job, status.Source, status.State, JobText.Percent(status), Amount.Of(status.Texts), Amount.Of(status.Errors),
                    .. times,
                ]);
        }

        return new Rows([
            table,
            .. from status in statuses
               let remark = JobText.Remark(status)
               where remark.Length > 0
               select new WrappedText(VisibleText.Escape($"{status.Job}: {remark}")),
        ]);
    }
}
