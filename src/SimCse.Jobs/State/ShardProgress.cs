using System.Globalization;
using SimCse.Jobs.Storage;

namespace SimCse.Jobs.State;

/// <summary>
/// <c>jobs/{job}/running/00000</c>: how far a shard is that is being encoded. It stands in the metadata of an empty blob, which a listing
/// returns.
/// </summary>
/// <param name="Texts">The number of its texts that are done.</param>
/// <param name="StartedOn">When work on the shard began.</param>
/// <param name="At">When this was written.</param>
internal readonly record struct ShardProgress(long Texts, DateTimeOffset StartedOn, DateTimeOffset At)
{
    public Dictionary<string, string> ToMetadata() => new()
    {
        ["texts"] = Text(Texts),
        ["startedms"] = Text(StartedOn.ToUnixTimeMilliseconds()),
        ["atms"] = Text(At.ToUnixTimeMilliseconds()),
        [StoredRecord.VersionName] = Text(StoredRecord.Version),
    };

    /// <summary>The progress; <see langword="null"/> when it cannot be read, for nothing depends on it.</summary>
    public static ShardProgress? TryRead(IDictionary<string, string>? metadata)
    {
        var known = new Dictionary<string, string>(metadata ?? new Dictionary<string, string>(), StringComparer.OrdinalIgnoreCase);
        return known.GetValueOrDefault(StoredRecord.VersionName) == Text(StoredRecord.Version)
            && Number("texts") is { } texts && Number("startedms") is { } started && Number("atms") is { } at
            ? new ShardProgress(texts, DateTimeOffset.FromUnixTimeMilliseconds(started), DateTimeOffset.FromUnixTimeMilliseconds(at))
            : null;

        long? Number(string name) =>
            long.TryParse(known.GetValueOrDefault(name), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                && number < DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()
                ? number
                : null;
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
