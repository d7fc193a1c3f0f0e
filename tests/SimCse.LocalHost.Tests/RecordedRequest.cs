using System.Text.Json.Nodes;

namespace SimCse.LocalHost.Tests;

/// <summary>What the test's handler received.</summary>
internal sealed record RecordedRequest(
    int ProcessId, string Method, string Path, string Query, IReadOnlyDictionary<string, string> Headers, string Body)
{
    public JsonObject Json => JsonNode.Parse(Body)!.AsObject();

    public string? Metadata(string name) => Json["Metadata"]![name]?.ToString();
}
