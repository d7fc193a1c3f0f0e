using System.CommandLine;
using SimCse.Cli.CommandLine;
using SimCse.Cli.Output;
using SimCse.Cli.Progress;
using SimCse.Cli.Storage;
using SimCse.Cli.Terminal;
using SimCse.Jobs.Clients;
using SimCse.Jobs.State;

namespace SimCse.Cli.Commands;

/// <summary><c>simcse jobs</c>: shows the progress of all jobs, or of one.</summary>
internal sealed class JobsCommand : CliCommand
{
    /// <summary>So many rows have a table of their own: the first ones are shown while the others are still read.</summary>
    private const int TableRows = 200;

    private readonly Argument<string?> _job = new("ID")
    {
        Description = "Show one job in full: its id, the beginning of it, or its submission's. Default: list all, the newest first.",
        DefaultValueFactory = _ => null,
    };

    private readonly Option<string?> _state = new Option<string?>("--state")
    {
        Description = $"Only jobs that are {string.Join(", ", JobQuery.States)}.",
        HelpName = "STATE",
    };

    private readonly Option<string?> _source = new("--source")
    {
        Description = "Only jobs of sources whose names begin so.",
        HelpName = "PREFIX",
    };

    private readonly Option<int?> _limit = new Option<int?>("--limit")
    {
        Description = "Only the newest N of them. Default: all.",
        HelpName = "N",
    }.AtLeast(1);

    private readonly Option<bool> _watch = new("--watch") { Description = "Show it again and again, until no job of these runs." };
    private readonly SecretOption _connection = CommonOptions.Connection();
    private readonly Option<string> _data = CommonOptions.Data();
    private readonly Option<bool> _json = CommonOptions.Json("the jobs, or the one,");

    public JobsCommand()
        : base("jobs", "Show jobs; try them again, stop them, delete them, fetch what they made.")
    {
        Add(_job.NoOptions());
        Add(_state);
        Add(_source);
        Add(_limit);
        Add(_watch);
        _connection.AddTo(this);
        Add(_data);
        Add(_json);
        Add(JobsChangeCommand.Retry());
        Add(JobsChangeCommand.Cancel());
        Add(new JobsDownloadCommand());
        Add(new JobsVerifyCommand());
        Add(new JobsCompactCommand());
        Add(new JobsDeleteCommand());
        Add(new JobsCleanCommand());
        _state.Validators.Add(result =>
        {
            if (result.GetValue(_state) is { } state && !JobQuery.States.Contains(state))
            {
                result.AddError($"--state is '{state}'; expected {string.Join(", ", JobQuery.States)}.");
            }
        });
        Validators.Add(result =>
        {
            if (result.GetValue(_job) is not null
                && (result.GetValue(_state) is not null || result.GetValue(_source) is not null || result.GetValue(_limit) is not null))
            {
                result.AddError("ID shows one job; --state, --source and --limit are for the list of all.");
            }

            if (result.GetValue(_watch) && result.GetValue(_json))
            {
                result.AddError("--watch shows jobs to people; expected it without --json.");
            }
        });
        Examples =
        [
            "simcse jobs", "simcse jobs --state failed --source news/", "simcse jobs --watch", "simcse jobs retry ID",
            "simcse jobs --json | jq '.[].state'",
        ];
    }

    public override async Task<int> RunAsync(CliContext context)
    {
        var client = await StorageSelection.ConnectAsync(context, _connection.Read(context), context.Get(_data)!);
        if (context.Get(_job) is { } job)
        {
            await ShowAsync(client, job, context);
        }
        else if (context.Get(_watch))
        {
            await new JobsWatch(context.Terminal, client, Query(context), context.Get(_limit)).RunAsync(context.CancellationToken);
        }
        else
        {
            await ListAsync(client, context);
        }

        return ExitCodes.Success;
    }

    private JobQuery Query(CliContext context) => new(context.Get(_state), context.Get(_source));

    private async Task ShowAsync(JobClient client, string id, CliContext context)
    {
        if (!context.Get(_watch) && await client.FindAsync(id, context.CancellationToken) is { IsPlanning: true, Problem: { } planning })
        {
            context.Terminal.Line(
                context.Get(_json)
                    ? JsonLine.Write(json =>
                    {
                        json.WriteString("submission", id);
                        json.WriteString("state", "planning");
                    })
                    : planning);
            return;
        }

        if (context.Get(_watch))
        {
            await WatchAsync(client, id, context);
        }

        var status = await client.GetJobAsync(id, context.CancellationToken);
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

    private static Task WatchAsync(JobClient client, string id, CliContext context)
    {
        var job = new WatchedJob(id, async token => await client.FindAsync(id, token) is { IsPlanning: false } found
            ? new SubmissionResult(found.Job, found.Problem)
            : null);
        return new JobProgress(context.Terminal, client).WaitAsync([job], context.CancellationToken);
    }

    private async Task ListAsync(JobClient client, CliContext context)
    {
        var list = await client.ListAsync(Query(context), context.CancellationToken);
        var (limit, shown, isCut) = (context.Get(_limit) ?? int.MaxValue, 0, false);
        var rows = new List<JobStatus>();
        var json = context.Get(_json);
        await foreach (var status in list.ReadAsync(context.CancellationToken))
        {
            if (isCut = shown == limit)
            {
                break;
            }

            shown++;
            rows.Add(status);
            if (rows.Count == TableRows && !json)
            {
                context.Terminal.Out.Write(JobsTable.Create(rows, context.Terminal.Out.Profile.Width));
                rows.Clear();
            }
        }

        if (json)
        {
            context.Terminal.Json(CliJson.Serialize(rows));
        }
        else if (rows.Count > 0)
        {
            context.Terminal.Out.Write(JobsTable.Create(rows, context.Terminal.Out.Profile.Width));
        }

        Summarise(list.Total, shown, isCut, context);
        if (await client.CountUnplannedAsync(context.CancellationToken) is > 0 and var unplanned)
        {
            context.Terminal.Note(
                $"About {Amount.Of(unplanned, "source")} {(unplanned == 1 ? "waits" : "wait")} to be planned.");
        }

        if (await client.GetIgnoredAsync(context.CancellationToken) is { Count: > 0 } ignored)
        {
            var are = ignored.Count == 1 ? "blob in texts is no source and is" : "blobs in texts are no sources and are";
            var names = string.Join(", ", ignored.Names) + (ignored.Count > ignored.Names.Count ? ", …" : "");
            context.Terminal.Note($"{Amount.Of(ignored.Count)} {are} ignored: {names}.");
        }

        foreach (var rejected in await client.ListRejectedAsync(context.CancellationToken))
        {
            context.Terminal.Warn($"queue {rejected.Queue}, {JobText.Time(rejected.At)}: a message was rejected. {rejected.Reason}");
        }
    }

    /// <summary>Says what is not shown, so that nobody takes a part for the whole.</summary>
    private void Summarise(int total, int shown, bool isCut, CliContext context)
    {
        if (total == 0)
        {
            if (!context.Get(_json))
            {
                context.Terminal.Line("There are no jobs yet; 'simcse submit FILE' starts one.");
            }
        }
        else if (isCut)
        {
            context.Terminal.Note(
                $"The newest {Amount.Of(shown)} of {Amount.Of(total, "job")}; there are more that --limit {shown} leaves out.");
        }
        else if (shown < total)
        {
            context.Terminal.Note($"{Amount.Of(shown)} of {Amount.Of(total, "job")} {(shown == 1 ? "is" : "are")} like that.");
        }
    }
}
