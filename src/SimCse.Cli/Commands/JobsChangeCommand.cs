using System.CommandLine;
using SimCse.Cli.CommandLine;
using SimCse.Cli.Output;
using SimCse.Cli.Storage;
using SimCse.Jobs.Clients;

namespace SimCse.Cli.Commands;

/// <summary>A command under <c>simcse jobs</c> that changes one job and says what became of it.</summary>
internal abstract class JobsChangeCommand : CliCommand
{
    private readonly Argument<string> _job = CommonArguments.Job();
    private readonly Option<string?> _connection = CommonOptions.Connection();
    private readonly Option<string> _data = CommonOptions.Data();
    private readonly Option<bool> _json = CommonOptions.Json("the job");

    protected JobsChangeCommand(string name, string description)
        : base(name, description)
    {
        Add(_job);
        Add(_connection);
        Add(_data);
        Add(_json);
    }

    public override async Task<int> RunAsync(CliContext context)
    {
        var job = context.Get(_job)!;
        var client = await StorageSelection.ConnectAsync(context, context.Get(_connection), context.Get(_data)!);
        var status = await ChangeAsync(client, job, context.CancellationToken) ?? throw JobsCommand.NotFound(job);
        context.Terminal.Line(
            context.Get(_json) ? CliJson.Serialize(status)
                : status.State == JobStatus.Succeeded ? $"{status.Source} is complete already; there is nothing to {Name}."
                : Describe(status));
        return ExitCodes.Success;
    }

    /// <returns>The job afterwards; <see langword="null"/> when there is none.</returns>
    protected abstract Task<JobStatus?> ChangeAsync(JobClient client, string job, CancellationToken cancellationToken);

    /// <summary>The change in a sentence.</summary>
    protected abstract string Describe(JobStatus status);
}
