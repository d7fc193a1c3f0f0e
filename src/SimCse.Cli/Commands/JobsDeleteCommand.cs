using System.CommandLine;
using SimCse.Cli.CommandLine;
using SimCse.Cli.Output;
using SimCse.Cli.Storage;

namespace SimCse.Cli.Commands;

/// <summary><c>simcse jobs delete</c>: deletes a job and all that it made, but not its source.</summary>
internal sealed class JobsDeleteCommand : CliCommand
{
    private readonly Argument<string> _job = CommonArguments.Job();
    private readonly Option<bool> _yes = new(Confirmation.Option, "-y") { Description = "Do not ask." };
    private readonly SecretOption _connection = CommonOptions.Connection();
    private readonly Option<string> _data = CommonOptions.Data();

    public JobsDeleteCommand()
        : base("delete", "Delete a job: its parts, errors and records. Its source stays, and encodes anew when it is submitted again.")
    {
        Add(_job);
        Add(_yes);
        _connection.AddTo(this);
        Add(_data);
    }

    public override async Task<int> RunAsync(CliContext context)
    {
        var client = await StorageSelection.ConnectAsync(context, _connection.Read(context), context.Get(_data)!);
        var status = await client.GetJobAsync(context.Get(_job)!, context.CancellationToken);
        if (status.DeleteProblem is { } problem)
        {
            context.Terminal.Error(problem);
            return ExitCodes.Refused;
        }

        var size = await client.MeasureAsync(status, context.CancellationToken);
        var what = $"job {status.Job} of {status.Source} ({status.State}, {JobText.Size(size)})";
        if (!context.Get(_yes) && !await Confirmation.AskAsync($"Delete {what}?", context))
        {
            context.Terminal.Note("Nothing was deleted.");
            return ExitCodes.Failure;
        }

        if (await client.DeleteAsync(status.Job, context.CancellationToken) is { Status.DeleteProblem: { } late })
        {
            context.Terminal.Error(late);
            return ExitCodes.Refused;
        }

        context.Terminal.Line($"Deleted {what}.");
        return ExitCodes.Success;
    }
}
