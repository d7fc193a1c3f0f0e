using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using SimCse.Jobs.Storage;

namespace SimCse.Jobs.State;

/// <summary>A message on the queue <c>plan</c>: our own, or Event Grid's event about a new or a deleted blob.</summary>
public sealed record PlanJobMessage
{
    private const string BlobCreated = "Microsoft.Storage.BlobCreated";
    private const string BlobDeleted = "Microsoft.Storage.BlobDeleted";
    private const string SubjectPrefix = $"/blobServices/default/containers/{StorageNames.Texts}/blobs/";
    private const string Expected = """expected {"source": "name.txt"} or an event Microsoft.Storage.BlobCreated or BlobDeleted""";
    private const int MaxSubmissionLength = 64;

    private static readonly SearchValues<char> SubmissionCharacters =
        SearchValues.Create("-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    /// <summary>The name of the blob in <c>texts</c>.</summary>
    [AllowNull] // so that a message with a null is refused in the same words as one without a source
    public string Source { get; init; } = "";

    /// <summary>The options, which <see cref="JobOptions.Read"/> reads; they override the source's metadata and the app's.</summary>
    public JsonElement? Options { get; init; }

    /// <summary>The id that the submitter made to find the job by; it becomes part of a blob's name.</summary>
    public string? Submission { get; init; }

    /// <summary>The version that an event names; <see langword="null"/> in our own messages. Only the current version is planned.</summary>
    internal string? ETag { get; init; }

    /// <summary>Whether storage announces a blob, and nobody asks for it by name.</summary>
    internal bool IsEvent { get; init; }

    /// <summary>Whether the event announces the beginning of an upload, whose end has an event of its own.</summary>
    internal bool IsUnfinished { get; init; }

    /// <summary>Whether the event announces that the source was deleted: there is nothing to plan, but something to forget.</summary>
    internal bool IsDeletion { get; init; }

    /// <summary>Why a message that names a source asks for something that is not understood; it fails the job.</summary>
    internal UnreadRequest? Unread { get; init; }

    /// <summary>
    /// Reads raw or base64 JSON: <c>{"source", "options", "submission"}</c>, or a BlobCreated or BlobDeleted event in Event Grid's schema
    /// (alone or in an array of one) or as a CloudEvent.
    /// </summary>
    /// <param name="text">The message.</param>
    /// <param name="message">The message; of one that is refused only the submission, if it has one, so that it can be answered.</param>
    /// <param name="problem">Why the message names no source.</param>
    internal static bool TryParse(string text, out PlanJobMessage message, [NotNullWhen(false)] out string? problem)
    {
        message = new PlanJobMessage();
        try
        {
            using var json = JsonDocument.Parse(MessageText.Decode(text));
            var root = json.RootElement is { ValueKind: JsonValueKind.Array } events && events.GetArrayLength() == 1
                ? events[0]
                : json.RootElement;
            if (root.ValueKind != JsonValueKind.Object)
            {
                throw new FormatException($"The message is {NamedMembers.Kind(root)}; {Expected}.");
            }

            message = IsEventJson(root, out var type) ? ParseEvent(root, type.GetString()) : ParseOurs(root, ref message);
            problem = null;
            return true;
        }
        catch (FormatException e)
        {
            problem = e.Message;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or ArgumentException)
        {
            problem = $"The message is not the JSON that was expected ({JsonReason.Describe(e)}); {Expected}.";
        }

        return false;
    }

    private static bool IsEventJson(JsonElement root, out JsonElement type) =>
        root.TryGetProperty("eventType", out type) || (root.TryGetProperty("specversion", out _) && root.TryGetProperty("type", out type));

    /// <param name="root">The message.</param>
    /// <param name="answerable">Receives the submission before anything else can be refused.</param>
    private static PlanJobMessage ParseOurs(JsonElement root, ref PlanJobMessage answerable)
    {
        answerable = new PlanJobMessage { Submission = root.TryGetProperty("submission", out var id) ? ReadSubmission(id) : null };
        var members = NamedMembers.Read(root, "The message", out var problem, "source", "options", "submission");
        if (!members.TryGetValue("source", out var source) || source.ValueKind == JsonValueKind.Null || source.ValueEquals(""))
        {
            throw new FormatException($"The message names no source; {Expected}. {problem}".TrimEnd());
        }

        var message = answerable with
        {
            Source = source.GetString()!,
            Options = members.TryGetValue("options", out var options) && options.ValueKind != JsonValueKind.Null ? options.Clone() : null,
            Submission = members.TryGetValue("submission", out var submission) ? ReadSubmission(submission) : null,
        };
        return (problem ?? Problem(message.Options)) is { } unread
            ? message with { Unread = new(unread, root.GetRawText(), IsMessage: true) }
            : message;
    }

    private static string? Problem(JsonElement? options)
    {
        try
        {
            _ = options is { } json ? JobOptions.Read(json, new JobOptions()) : null;
            return null;
        }
        catch (FormatException e)
        {
            return e.Message;
        }
    }

    /// <exception cref="FormatException">The message has a submission that can be no blob's name.</exception>
    private static string? ReadSubmission(JsonElement json) =>
        json.ValueKind == JsonValueKind.Null ? null
        : json.GetString() is { } submission && IsSubmission(submission) ? submission
        : throw new FormatException(
            $"The message's submission is '{NamedMembers.Shorten(json.GetString()!)}'; expected at most {MaxSubmissionLength} letters, " +
            "digits and hyphens.");

    /// <summary>Whether a string can be a submission's id. Ids from users and queues become part of blob names.</summary>
    internal static bool IsSubmission(string submission) =>
        submission.Length is > 0 and <= MaxSubmissionLength && !submission.AsSpan().ContainsAnyExcept(SubmissionCharacters);

    private static PlanJobMessage ParseEvent(JsonElement root, string? type)
    {
        NamedMembers.Read(root, "The event", out _, "eventType", "type", "subject", "data"); // its other members are Event Grid's affair
        var subject = root.GetProperty("subject").GetString() ?? "";
        return type is not (BlobCreated or BlobDeleted)
                ? throw new FormatException($"The event is a {NamedMembers.Shorten(type ?? "null")}; {Expected}.")
            : !subject.StartsWith(SubjectPrefix, StringComparison.Ordinal) || subject.Length == SubjectPrefix.Length
                ? throw new FormatException($"The event speaks of {subject}; expected a blob in the container '{StorageNames.Texts}'.")
            : new PlanJobMessage
            {
                Source = subject[SubjectPrefix.Length..],
                ETag = type == BlobDeleted ? null : root.GetProperty("data").GetProperty("eTag").GetString()?.Trim('"'),
                IsEvent = true,
                IsDeletion = type == BlobDeleted,
                IsUnfinished = type == BlobCreated && HasOnlyBegun(root.GetProperty("data")),
            };
    }

    /// <summary>
    /// An upload to a hierarchical namespace has the events CreateFile, of 0 bytes, and FlushWithClose; one by SFTP has SftpCreate,
    /// SftpWrite if it is resumed, and SftpCommit ("Azure Blob Storage as an Event Grid source" in Microsoft's documentation).
    /// </summary>
    private static bool HasOnlyBegun(JsonElement data) => data.TryGetProperty("api", out var api) && api.GetString() switch
    {
        "SftpWrite" => true,
        "CreateFile" or "SftpCreate" =>
            !data.TryGetProperty("contentLength", out var length) || (length.TryGetInt64(out var bytes) && bytes == 0),
        _ => false,
    };
}

/// <summary>A request for a job that is not understood, and therefore not carried out in part.</summary>
/// <param name="Problem">What was found and what was expected.</param>
/// <param name="Text">The JSON that was asked for; it stands for the options in the job's identity.</param>
/// <param name="IsMessage">Whether the JSON is that of a message; otherwise it is that of a source's metadata.</param>
internal sealed record UnreadRequest(string Problem, string Text, bool IsMessage)
{
    /// <summary>What a retry has to send, so that it does not ask for less than was asked for.</summary>
    public string? Message => IsMessage ? Text : null;
}
