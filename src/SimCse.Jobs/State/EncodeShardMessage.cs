using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using SimCse.Jobs.Storage;

namespace SimCse.Jobs.State;

/// <summary>A message on the queue <c>shards</c>.</summary>
/// <param name="Job">The job's id.</param>
/// <param name="Shard">The shard's index, from 0.</param>
public sealed record EncodeShardMessage(string Job, int Shard)
{
    private const string Expected = """expected {"job": id, "shard": number}""";

    /// <summary>Reads raw or base64 JSON.</summary>
    internal static bool TryParse(
        string text, [NotNullWhen(true)] out EncodeShardMessage? message, [NotNullWhen(false)] out string? problem)
    {
        try
        {
            using var json = JsonDocument.Parse(MessageText.Decode(text));
            var members = NamedMembers.Read(json.RootElement, "The message", out _, "job", "shard"); // newer apps may send more
            message = members.TryGetValue("job", out var job) && members.TryGetValue("shard", out var shard)
                && JobId.IsValid(job.GetString()) && shard.TryGetInt32(out var index) && index >= 0
                ? new EncodeShardMessage(job.GetString()!, index)
                : null;
            problem = message is null ? $"The message names no job and shard; {Expected}." : null;
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException or ArgumentException)
        {
            (message, problem) = (null, $"The message is not the JSON that was expected ({JsonReason.Describe(e)}); {Expected}.");
        }

        return message is not null && problem is null;
    }
}
