using System.Globalization;
using System.Text.Json.Nodes;

namespace SimCse.LocalHost.Timers;

/// <summary>
/// What the schedule monitor keeps of a timer between runs of the host. Last is null before the first run, written as year 1.
/// </summary>
internal sealed record TimerStatus(DateTimeOffset? Last, DateTimeOffset Next, DateTimeOffset LastUpdated)
{
    private const string Never = "0001-01-01T00:00:00";

    public JsonObject ToJson() => new()
    {
        [nameof(Last)] = Last is { } last ? Text(last) : Never,
        [nameof(Next)] = Text(Next),
        [nameof(LastUpdated)] = Text(LastUpdated),
    };

    /// <summary>Reads a status. Returns null if the text is not what <see cref="ToJson"/> writes.</summary>
    public static TimerStatus? Parse(string text)
    {
        try
        {
            var json = JsonNode.Parse(text);
            DateTimeOffset Date(string name) =>
                DateTimeOffset.Parse(json![name]!.GetValue<string>(), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
            return new(Date(nameof(Last)) is { Year: > 1 } last ? last : null, Date(nameof(Next)), Date(nameof(LastUpdated)));
        }
        catch (Exception)
        {
            return null; // anybody may have written it
        }
    }

    private static string Text(DateTimeOffset date) => date.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFFzzz", CultureInfo.InvariantCulture);
}
