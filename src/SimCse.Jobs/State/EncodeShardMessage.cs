using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

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
            message = JsonSerializer.Deserialize(MessageText.Decode(text), JobsJson.Default.EncodeShardMessage);
            problem = message is { Shard: >= 0 } && JobId.IsValid(message.Job) ? null : $"The message names no job and shard; {Expected}.";
        }
        catch (JsonException e)
        {
            (message, problem) = (null, $"The message is not the JSON that was expected; {Expected}. {e.Message}");
        }

        return message is not null && problem is null;
    }
}
