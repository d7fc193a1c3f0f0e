using System.Globalization;
using SimCse.Jobs.Clients;

namespace SimCse.Cli.Progress;

/// <summary>A job that a command waits for, which may not have an id yet. Not thread-safe.</summary>
/// <param name="source">The source's name in the container <c>texts</c>.</param>
/// <param name="find">Finds the job's id; <see langword="null"/> until there is one.</param>
internal sealed class WatchedJob(string source, Func<CancellationToken, Task<string?>> find)
{
    private readonly JobRate _rate = new(TimeProvider.System);
    private string? _job;

    public string Source => source;

    /// <summary>The status, or <see langword="null"/> until the job is planned.</summary>
    public JobStatus? Status { get; private set; }

    public bool IsFinished => Status is { IsFinished: true };

    public double Fraction => Status is { Texts: > 0 } status ? (double)Done(status) / status.Texts : 0;

    public async Task UpdateAsync(JobClient client, CancellationToken cancellationToken)
    {
        _job ??= await find(cancellationToken);
        if (_job is not null && await client.GetAsync(_job, cancellationToken) is { } status)
        {
            Status = status;
            _rate.Add(Done(status));
        }
    }

    /// <summary>Describes the progress: shards, texts, texts per second and time left.</summary>
    public string Describe()
    {
        if (Status is not { } status)
        {
            return "waits to be planned";
        }

        if (status is { ShardsDone: 0, Waits: { } waits })
        {
            return $"waits: {waits}";
        }

        var text = string.Create(
            CultureInfo.InvariantCulture,
            $"{status.ShardsDone:N0} of {status.Shards:N0} shards, {Done(status):N0} of {status.Texts:N0} texts");
        if (_rate.TextsPerSecond is { } rate)
        {
            text += string.Create(CultureInfo.InvariantCulture, $", {rate:N0} texts/s");
        }

        return !status.IsFinished && _rate.TimeLeft(status.Texts) is { } left ? $"{text}, {left:m\\:ss} left" : text;
    }

    private static long Done(JobStatus status) => status.Rows + status.Errors;
}
