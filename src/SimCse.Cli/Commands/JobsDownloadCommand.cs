using System.CommandLine;
using SimCse.Cli.CommandLine;
using SimCse.Cli.Output;
using SimCse.Cli.Progress;
using SimCse.Cli.Storage;
using SimCse.Jobs.Clients;

namespace SimCse.Cli.Commands;

/// <summary><c>simcse jobs download</c>: fetches the results of a complete job, or of the newest version of sources.</summary>
internal sealed class JobsDownloadCommand : CliCommand
{
    private readonly Argument<string?> _job = new("ID")
    {
        Description = "The job's id, as 'simcse jobs' shows it.",
        DefaultValueFactory = _ => null,
    };

    private readonly Option<string?> _latest = new("--latest")
    {
        Description = "Instead of ID: the newest complete version of this source, or of all sources whose names begin so.",
        HelpName = "SOURCE|PREFIX",
    };

    private readonly Option<string?> _output = new("--output", "-o")
    {
        Description = "Folder for the files; made when it does not exist. With --latest, each source gets SOURCE/JOB in it. Default: " +
            $"{NextCommand.DefaultFolder}/SOURCE/JOB, as in storage.",
        HelpName = "DIR",
    };

    private readonly SecretOption _connection = CommonOptions.Connection();
    private readonly Option<string> _data = CommonOptions.Data();

    public JobsDownloadCommand()
        : base(
            "download",
            "Fetch the Parquet files of a job that has succeeded, with error files and _SUCCESS. Files that are there and right are not " +
            "fetched again; a download that was cut off goes on.")
    {
        Add(_job.NoOptions());
        Add(_latest);
        Add(_output.NotEmpty());
        _connection.AddTo(this);
        Add(_data);
        Validators.Add(result =>
        {
            if (result.GetValue(_job) is null == result.GetValue(_latest) is null)
            {
                result.AddError("jobs download needs either ID or --latest SOURCE|PREFIX.");
            }
        });
        Examples = ["simcse jobs download ID", "simcse jobs download --latest texts.txt -o results"];
    }

    public override async Task<int> RunAsync(CliContext context)
    {
        var client = await StorageSelection.ConnectAsync(context, _connection.Read(context), context.Get(_data)!);
        return context.Get(_job) is { } id
            ? await DownloadAsync(client, id, context)
            : await LatestReport.RunAsync(
                client, context.Get(_latest)!, context.Get(_output) ?? NextCommand.DefaultFolder, new LatestReport.Options(Verifies: true),
                context);
    }

    private async Task<int> DownloadAsync(JobClient client, string id, CliContext context)
    {
        var status = await client.GetJobAsync(id, context.CancellationToken);
        var folder = context.Get(_output) ?? Path.Combine(NextCommand.DefaultFolder, LocalPath.Of(status.Source), status.Job);
        context.Terminal.Note($"Fetching {status.Source} (job {status.Job}) into {folder} …");
        var job = await DownloadBar.ShowAsync(context.Terminal, status.Source, async report =>
        {
            using var download = new JobDownload(client, verify: true, report);
            return await LatestReport.ExplainAsync(
                folder, context.Terminal, () => download.RunAsync(status, folder, context.CancellationToken));
        });
        context.Terminal.Line(job.Folder.Parts);
        LatestReport.WarnOfErrors(job, context.Terminal);
        context.Terminal.Note(job.Files == 0
            ? "Everything was there already, and is right."
            : $"Fetched {Amount.Of(job.Files, "file")}; {Amount.Of(job.Success.Rows, "row")}.");
        context.Terminal.Note($"Next: {NextCommand.QueryParts(folder, job.Success.Options.IncludeText)}");
        return ExitCodes.Success;
    }
}
