using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using SimCse.Jobs.Storage;

namespace SimCse.Jobs.State;

/// <summary>A message on the queue <c>plan</c>: our own, or Event Grid's event about a new blob.</summary>
public sealed record PlanJobMessage
{
    private const string BlobCreated = "Microsoft.Storage.BlobCreated";
    private const string SubjectPrefix = $"/blobServices/default/containers/{StorageNames.Texts}/blobs/";
    private const string Expected = """expected {"source": "name.txt"} or an event Microsoft.Storage.BlobCreated""";
    private const int MaxSubmissionLength = 64;

    private static readonly SearchValues<char> SubmissionCharacters =
        SearchValues.Create("-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    /// <summary>The name of the blob in <c>texts</c>.</summary>
    public string Source { get; init; } = "";

    /// <summary>The options, which override the source's metadata and the app's defaults.</summary>
    public JobOptions? Options { get; init; }

    /// <summary>The id that the submitter made to find the job by; it becomes part of a blob's name.</summary>
    public string? Submission { get; init; }

    /// <summary>The version that an event names; <see langword="null"/> in our own messages. Only the current version is planned.</summary>
    public string? ETag { get; init; }

    /// <summary>
    /// Reads raw or base64 JSON: <c>{"source", "options", "submission"}</c>, or a BlobCreated event in Event Grid's schema (alone or in an
    /// array of one) or as a CloudEvent.
    /// </summary>
    internal static bool TryParse(string text, [NotNullWhen(true)] out PlanJobMessage? message, [NotNullWhen(false)] out string? problem)
    {
        try
        {
            using var json = JsonDocument.Parse(MessageText.Decode(text));
            var root = json.RootElement is { ValueKind: JsonValueKind.Array } events && events.GetArrayLength() == 1
                ? events[0]
                : json.RootElement;
            (message, problem) = root.ValueKind == JsonValueKind.Object
                ? (Parse(root), (string?)null)
                : throw new FormatException($"The message is a JSON {root.ValueKind.ToString().ToLowerInvariant()}; {Expected}.");
            return true;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            (message, problem) = (null, $"The message is not the JSON that was expected; {Expected}. {e.Message}");
        }
        catch (FormatException e)
        {
            (message, problem) = (null, e.Message);
        }

        return false;
    }

    private static PlanJobMessage Parse(JsonElement root) =>
        root.TryGetProperty("eventType", out var type)
            || (root.TryGetProperty("specversion", out _) && root.TryGetProperty("type", out type))
            ? ParseEvent(root, type.GetString())
            : ParseOurs(root);

    private static PlanJobMessage ParseOurs(JsonElement root)
    {
        var message = root.Deserialize(JobsJson.Default.PlanJobMessage)!;
        if (message.Source is not { Length: > 0 })
        {
            throw new FormatException($"The message names no source; {Expected}.");
        }

        return message.Submission is not { } submission || IsSubmission(submission)
            ? message
            : throw new FormatException(
                $"The message's submission is '{submission}'; expected at most {MaxSubmissionLength} letters, digits and hyphens.");
    }

    private static bool IsSubmission(string submission) =>
        submission.Length is > 0 and <= MaxSubmissionLength && !submission.AsSpan().ContainsAnyExcept(SubmissionCharacters);

    private static PlanJobMessage ParseEvent(JsonElement root, string? type)
    {
        var subject = root.GetProperty("subject").GetString() ?? "";
        return type != BlobCreated ? throw new FormatException($"The event is a {type}; {Expected}.")
            : !subject.StartsWith(SubjectPrefix, StringComparison.Ordinal) || subject.Length == SubjectPrefix.Length
                ? throw new FormatException($"The event speaks of {subject}; expected a blob in the container '{StorageNames.Texts}'.")
            : new PlanJobMessage
            {
                Source = subject[SubjectPrefix.Length..],
                ETag = root.GetProperty("data").GetProperty("eTag").GetString()?.Trim('"'),
            };
    }
}
