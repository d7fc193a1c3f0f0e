using System.Text.Json;
using System.Text.Json.Nodes;

namespace SimCse.LocalHost.Tests;

/// <summary>What a function of the test's worker received.</summary>
internal sealed record RecordedInvocation
{
    public int ProcessId { get; init; }

    /// <summary>A message, what a timer was sent, or a request's body.</summary>
    public string Body { get; init; } = "";

    public string TraceParent { get; init; } = "";

    /// <summary>The trigger metadata: strings as they are, and JSON as text.</summary>
    public IReadOnlyDictionary<string, JsonElement> Metadata { get; init; } = new Dictionary<string, JsonElement>();

    /// <summary>Metadata that the worker has bound to parameters.</summary>
    public JsonNode? Parameters { get; init; }

    public string Method { get; init; } = "";

    public string Path { get; init; } = "";

    public string Query { get; init; } = "";

    public IReadOnlyDictionary<string, string> RouteValues { get; init; } = new Dictionary<string, string>();

    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    [System.Text.Json.Serialization.JsonIgnore]
    public JsonNode Json => JsonNode.Parse(Body)!;

    public string? MetadataText(string name) => Metadata.TryGetValue(name, out var value) ? value.ToString() : null;
}
