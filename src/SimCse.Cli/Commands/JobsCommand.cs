using System.CommandLine;
using SimCse.Cli.CommandLine;
using SimCse.Cli.Output;
using SimCse.Cli.Storage;
using SimCse.Cli.Terminal;
using SimCse.Jobs.Clients;

namespace SimCse.Cli.Commands;

/// <summary><c>simcse jobs</c>: shows the progress of all jobs, or of one.</summary>
internal sealed class JobsCommand : CliCommand
{
    private readonly Argument<string?> _job = new("ID")
    {
        Description = "Show one job in full. Default: list all, the newest first.",
        DefaultValueFactory = _ => null,
    };

    private readonly SecretOption _connection = CommonOptions.Connection();
    private readonly Option<string> _data = CommonOptions.Data();
    private readonly Option<bool> _json = CommonOptions.Json("the jobs, or the one,");

    public JobsCommand()
        : base("jobs", "Show jobs; try them again, stop them, fetch what they made.")
    {
        Add(_job.NoOptions());
        _connection.AddTo(this);
        Add(_data);
        Add(_json);
        Add(JobsChangeCommand.Retry());
        Add(JobsChangeCommand.Cancel());
        Add(new JobsDownloadCommand());
        Examples = ["simcse jobs", "simcse jobs retry ID", "simcse jobs --json | jq '.[].state'"];
    }

    public override async Task<int> RunAsync(CliContext context)
    {
        var client = await StorageSelection.ConnectAsync(context, _connection.Read(context), context.Get(_data)!);
        if (context.Get(_job) is { } job)
        {
            Show(await client.GetAsync(job, context.CancellationToken) ?? throw NotFound(job), context);
        }
        else
        {
            await ListAsync(client, context);
        }

        return ExitCodes.Success;
    }

    internal static CliException NotFound(string job) =>
        new($"There is no job '{job}' in this storage account; 'simcse jobs' lists those that there are.");

    private void Show(JobStatus status, CliContext context)
    {
        if (context.Get(_json))
        {
            context.Terminal.Json(CliJson.Serialize(status));
            return;
        }

        var table = CliTable.CreateFacts();
        foreach (var (name, value) in JobText.Facts(status))
        {
            table.Row(name, value);
        }

        context.Terminal.Out.Write(table);
    }

    private async Task ListAsync(JobClient client, CliContext context)
    {
        var statuses = await client.ListAsync(context.CancellationToken);
        if (context.Get(_json))
        {
            context.Terminal.Json(CliJson.Serialize(statuses));
        }
        else if (statuses.Count == 0)
        {
            context.Terminal.Line("There are no jobs yet; 'simcse submit FILE' starts one.");
        }
        else
        {
            context.Terminal.Out.Write(Table(statuses));
        }

        if (await client.CountUnplannedAsync(context.CancellationToken) is > 0 and var unplanned)
        {
            context.Terminal.Note($"About {JobText.Number(unplanned)} sources wait to be planned.");
        }

        foreach (var rejected in await client.ListRejectedAsync(context.CancellationToken))
        {
            context.Terminal.Warn($"queue {rejected.Queue}, {JobText.Time(rejected.At)}: a message was rejected. {rejected.Reason}");
        }
    }

    private static Spectre.Console.Table Table(IReadOnlyList<JobStatus> statuses)
    {
        var table = CliTable.Create("job", "source", "state", ">shards", ">texts", ">rows", ">errors", "created", "reason");
        foreach (var status in statuses)
        {
            table.Row(
                status.Job, status.Source, status.State, $"{JobText.Number(status.ShardsDone)}/{JobText.Number(status.Shards)}",
                JobText.Number(status.Texts), JobText.Number(status.Rows), JobText.Number(status.Errors), JobText.Time(status.CreatedOn),
                JobText.Remark(status));
        }

        return table;
    }
}
