using SimCse.Cli.Terminal;
using SimCse.Jobs.Clients;
using Spectre.Console;

namespace SimCse.Cli.Output;

/// <summary>A table of jobs.</summary>
internal static class JobsTable
{
    public static Table Create(IReadOnlyList<JobStatus> statuses)
    {
        var table = CliTable.Create("job", "source", "state", ">done", ">texts", ">errors", "created", "remark");
        foreach (var status in statuses)
        {
            table.Row(
                status.Job, status.Source, status.State, JobText.Percent(status), JobText.Number(status.Texts),
                JobText.Number(status.Errors), JobText.Time(status.CreatedOn), JobText.Remark(status));
        }

        return table;
    }
}
