using System.Globalization;

namespace SimCse.Jobs.State;

/// <summary>
/// <c>jobs/{job}/arithmetic</c>: the arithmetic that an app with <c>Jobs__Arithmetic</c> = <c>strict</c> keeps a job to. The first shard to
/// begin creates the blob. It is empty: its metadata, which a listing shows, say all.
/// </summary>
/// <param name="Name">The job's arithmetic.</param>
/// <param name="Other">That of the instance that was the last to hand back a shard; <see langword="null"/> when none has.</param>
/// <param name="Shard">The shard that it handed back.</param>
/// <param name="At">When it did.</param>
internal sealed record JobArithmetic(string Name, string? Other = null, int Shard = 0, DateTimeOffset At = default)
{
    private const string NameName = "arithmetic", OtherName = "other", ShardName = "shard", AtName = "at";

    public Dictionary<string, string> ToMetadata()
    {
        var metadata = new Dictionary<string, string> { [NameName] = Name };
        if (Other is not null)
        {
            metadata[OtherName] = Other;
            metadata[ShardName] = Shard.ToString(CultureInfo.InvariantCulture);
            metadata[AtName] = At.ToString("O", CultureInfo.InvariantCulture);
        }

        return metadata;
    }

    /// <summary>What the metadata say; <see langword="null"/> when they name no arithmetic, and so bind nobody.</summary>
    public static JobArithmetic? TryRead(IDictionary<string, string>? metadata)
    {
        var known = new Dictionary<string, string>(metadata ?? new Dictionary<string, string>(), StringComparer.OrdinalIgnoreCase);
        return !known.TryGetValue(NameName, out var name) ? null
            : known.TryGetValue(OtherName, out var other)
                && int.TryParse(known.GetValueOrDefault(ShardName), NumberStyles.None, CultureInfo.InvariantCulture, out var shard)
                && DateTimeOffset.TryParse(
                    known.GetValueOrDefault(AtName), CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out var at)
                ? new JobArithmetic(name, other, shard, at)
            : new JobArithmetic(name);
    }

    /// <summary>What the job waits for; <see langword="null"/> when it does not wait for an instance of its arithmetic.</summary>
    /// <param name="lastDone">When the last shard that is done was done.</param>
    public string? DescribeWait(DateTimeOffset lastDone) => Other is not null && At > lastDone
        ? string.Create(
            CultureInfo.InvariantCulture,
            $"for an instance that computes in {Name}, to which Jobs__Arithmetic=strict keeps the job; one with {Other} handed shard " +
            $"{Shard} back at {At.UtcDateTime:yyyy-MM-dd HH:mm:ss}Z")
        : null;
}
