using System.Text.Json;
using SimCse.LocalHost.Protocol;

namespace SimCse.LocalHost.App;

/// <summary>One binding as the worker describes it, with the properties of all kinds that the local host knows.</summary>
internal sealed record FunctionBinding
{
    public string Name { get; init; } = "";

    public string Type { get; init; } = "";

    public string Direction { get; init; } = "In";

    /// <summary><c>String</c> for the text of a message, <c>Binary</c> for its bytes.</summary>
    public string? DataType { get; init; }

    /// <summary>The name of the setting that holds the connection string.</summary>
    public string? Connection { get; init; }

    public string? QueueName { get; init; }

    public string? Schedule { get; init; }

    public bool RunOnStartup { get; init; }

    public bool UseMonitor { get; init; } = true;

    public string? Route { get; init; }

    public IReadOnlyList<string>? Methods { get; init; }

    public string? AuthLevel { get; init; }

    /// <summary>
    /// The worker's own properties. <c>supportsDeferredBinding</c> asks for a reference to the message instead of the message.
    /// </summary>
    public IReadOnlyDictionary<string, JsonElement> Properties { get; init; } = new Dictionary<string, JsonElement>();

    public bool IsTrigger => Type.EndsWith("Trigger", StringComparison.OrdinalIgnoreCase);

    public bool IsOutput => !IsTrigger && !Direction.Equals("In", StringComparison.OrdinalIgnoreCase);

    public BindingInfo ToRpc() => new()
    {
        Type = Type,
        Direction = IsOutput ? BindingInfo.Types.Direction.Out : BindingInfo.Types.Direction.In,
        DataType = "String".Equals(DataType, StringComparison.OrdinalIgnoreCase)
            ? BindingInfo.Types.DataType.String
            : BindingInfo.Types.DataType.Undefined,
    };

    public bool Is(string type) => Type.Equals(type, StringComparison.OrdinalIgnoreCase);
}
