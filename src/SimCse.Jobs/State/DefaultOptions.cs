using System.Text.Json;
using SimCse.Jobs.Storage;

namespace SimCse.Jobs.State;

/// <summary>
/// The options of jobs that come with none: those of the longest prefix that the source's name begins with, over those of the app.
/// Whoever plans a source, or looks for its job, takes them from here, so that all find the same job. Thread-safe.
/// </summary>
public sealed class DefaultOptions
{
    private const string Example = """{"reviews/": {"textColumn": "body"}}""";

    private readonly JobOptions _all;

    /// <summary>The longest prefix first.</summary>
    private readonly (string Prefix, JobOptions Options)[] _prefixes;

    /// <param name="all">The options for all sources.</param>
    /// <param name="prefixes">A JSON object of prefixes and options; null or empty for none.</param>
    /// <exception cref="FormatException">The JSON is no such object. The message says why.</exception>
    public DefaultOptions(JobOptions all, string? prefixes = null)
    {
        _all = all;
        _prefixes = string.IsNullOrWhiteSpace(prefixes)
            ? []
            : [.. Read(prefixes, all).OrderByDescending(one => one.Prefix.Length).ThenBy(one => one.Prefix, StringComparer.Ordinal)];
        Identity = JsonSerializer.Serialize(all.OfOutput, JobsJson.Default.JobOptions) + string.Concat(_prefixes.Select(
            one => $"\n{one.Prefix}\n{JsonSerializer.Serialize(one.Options.OfOutput, JobsJson.Default.JobOptions)}"));
    }

    /// <summary>Differs when the options of any source differ.</summary>
    internal string Identity { get; }

    /// <summary>The options of a source's jobs that come with none.</summary>
    public JobOptions For(string source)
    {
        ArgumentNullException.ThrowIfNull(source);
        return Array.Find(_prefixes, one => source.StartsWith(one.Prefix, StringComparison.Ordinal)).Options ?? _all;
    }

    private static List<(string Prefix, JobOptions Options)> Read(string prefixes, JobOptions all)
    {
        try
        {
            using var json = JsonDocument.Parse(prefixes);
            if (json.RootElement.ValueKind != JsonValueKind.Object)
            {
                throw new FormatException($"It is {NamedMembers.Kind(json.RootElement)}; expected an object such as {Example}.");
            }

            var read = json.RootElement.EnumerateObject().Select(member => (member.Name, Read(member, all))).ToList();
            return read.CountBy(one => one.Name).FirstOrDefault(same => same.Value > 1).Key is { } twice
                ? throw new FormatException($"The prefix '{twice}' stands there twice; expected it once.")
                : read;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new FormatException($"It is not JSON ({JsonReason.Describe(e)}); expected an object such as {Example}.", e);
        }
    }

    private static JobOptions Read(JsonProperty member, JobOptions all)
    {
        try
        {
            var options = JobOptions.Read(member.Value, all);
            options.ToColumns();
            return options;
        }
        catch (Exception e) when (e is FormatException or NotSupportedException)
        {
            throw new FormatException($"Prefix '{member.Name}': {e.Message}", e);
        }
    }
}
