using System.Globalization;
using System.Text.Json.Nodes;

namespace SimCse.LocalHost;

/// <summary>What the schedule monitor remembers of a timer between runs of the host. Last is null before the first run, and written as the year 1.</summary>
internal sealed record TimerStatus(DateTimeOffset? Last, DateTimeOffset Next, DateTimeOffset LastUpdated)
{
    private const string Never = "0001-01-01T00:00:00";

    public JsonObject ToJson() => new()
    {
        [nameof(Last)] = Last is { } last ? Text(last) : Never,
        [nameof(Next)] = Text(Next),
        [nameof(LastUpdated)] = Text(LastUpdated),
    };

    /// <summary>Null when it is not what <see cref="ToJson"/> writes.</summary>
    public static TimerStatus? FromJson(JsonNode? json)
    {
        DateTimeOffset? Date(string name)
            => DateTimeOffset.TryParse(json?[name]?.ToString(), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var date) ? date : null;

        return (Date(nameof(Last)), Date(nameof(Next)), Date(nameof(LastUpdated))) is var (last, next, updated) && next is { } n && updated is { } u
            ? new(last is { Year: > 1 } ? last : null, n, u)
            : null;
    }

    private static string Text(DateTimeOffset date) => date.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFFzzz", CultureInfo.InvariantCulture);
}
