using System.Text.Json;
using System.Text.Json.Serialization;

namespace SimCse.LocalHost;

/// <summary>One entry of <c>bindings</c> in function.json: the properties of all the kinds that the local host knows.</summary>
internal sealed record FunctionBinding
{
    public string Name { get; init; } = "";

    public string Type { get; init; } = "";

    public string Direction { get; init; } = "in";

    /// <summary><c>binary</c> makes base64 of a message, and of a string in an output.</summary>
    public string? DataType { get; init; }

    /// <summary>Names the setting that holds the connection string.</summary>
    public string? Connection { get; init; }

    public string? QueueName { get; init; }

    public string? Schedule { get; init; }

    public bool RunOnStartup { get; init; }

    public bool UseMonitor { get; init; } = true;

    public string? Route { get; init; }

    public IReadOnlyList<string>? Methods { get; init; }

    public string? AuthLevel { get; init; }

    /// <summary>Properties that the local host has no use for.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Other { get; init; }

    [JsonIgnore]
    public bool IsTrigger => Type.EndsWith("Trigger", StringComparison.OrdinalIgnoreCase);

    [JsonIgnore]
    public bool IsOutput => !IsTrigger && !Direction.Equals("in", StringComparison.OrdinalIgnoreCase);

    [JsonIgnore]
    public bool IsBinary => "binary".Equals(DataType, StringComparison.OrdinalIgnoreCase);

    public bool Is(string type) => Type.Equals(type, StringComparison.OrdinalIgnoreCase);
}
