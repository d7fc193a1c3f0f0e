using SimCse.Cli.Output;
using SimCse.Jobs.Clients;
using SimCse.Jobs.State;

namespace SimCse.Cli.Progress;

/// <summary>A job that a command waits for, which may not have an id yet. Not thread-safe.</summary>
/// <param name="source">The source's name in the container <c>texts</c>.</param>
/// <param name="find">Finds the job's id, or why there will be none; <see langword="null"/> until either is known.</param>
internal sealed class WatchedJob(string source, Func<CancellationToken, Task<SubmissionResult?>> find) : IProgressLine
{
    private readonly JobRate _rate = new(TimeProvider.System);
    private SubmissionResult? _found;

    public string Name => source;

    public bool HasBegun => Status is not null;

    /// <summary>The status, or <see langword="null"/> until the job is planned.</summary>
    public JobStatus? Status { get; private set; }

    /// <summary>Why there is no job, and will be none.</summary>
    public string? Problem => _found is { Job: null, Unpacked: null } ? _found.Error ?? "no job could be made of it." : null;

    /// <summary>What an archive has become, which has no job of its own.</summary>
    public UnpackedZip? Unpacked => _found?.Unpacked;

    public bool IsFinished => Problem is not null || Unpacked is not null || Status is { IsFinished: true };

    public double Fraction => Status is { Texts: > 0 } status ? (double)Done(status) / status.Texts : 0;

    public async Task UpdateAsync(JobClient client, CancellationToken cancellationToken)
    {
        _found ??= await find(cancellationToken);
        if (_found?.Job is { } job && await client.GetAsync(job, cancellationToken) is { } status)
        {
            Status = status;
            _rate.Add(Done(status));
        }
    }

    /// <summary>Describes the progress: shards, texts, texts per second and time left.</summary>
    public string Describe(bool briefly)
    {
        if (Status is not { } status)
        {
            return Unpacked is not null ? "is unpacked" : Problem is null ? "waits to be planned" : "could not be planned";
        }

        if (status is { TextsDone: 0, Waits: { } waits })
        {
            return $"waits {waits}";
        }

        var shards = briefly ? "" : $"{Amount.Of(status.ShardsDone)} of {Amount.Of(status.Shards, "shard")}, ";
        var text = $"{shards}{Amount.Of(Done(status))} of {Amount.Of(status.Texts, "text")}";
        var rate = JobText.Rate(_rate.TextsPerSecond, status.IsFinished ? null : _rate.TimeLeft(status.Texts));
        return rate.Length > 0 ? $"{text}, {rate}" : text;
    }

    private static long Done(JobStatus status) => status.TextsDone;
}
