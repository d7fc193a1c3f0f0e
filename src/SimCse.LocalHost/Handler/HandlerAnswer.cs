using System.Text.Json.Nodes;

namespace SimCse.LocalHost;

/// <summary>What a handler answered to an invocation: <c>{"Outputs":{…},"Logs":[…],"ReturnValue":…}</c>, each of them optional; outputs by binding name, case kept.</summary>
internal sealed record HandlerAnswer(JsonObject Outputs, IReadOnlyList<string> Logs, JsonNode? ReturnValue)
{
    /// <exception cref="InvocationFailedException">A property is not of the kind expected.</exception>
    public static HandlerAnswer From(JsonObject body)
    {
        JsonNode? Property(string name) => body.FirstOrDefault(p => p.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Value;

        var outputs = Property("Outputs") switch
        {
            null => [],
            JsonObject json => json,
            var other => throw new InvocationFailedException($"The handler's Outputs is {other.GetValueKind()}; expected an object by binding name."),
        };
        var logs = Property("Logs") switch
        {
            null => [],
            JsonArray array => array.Select(line => line?.ToString() ?? "").ToList(),
            var other => throw new InvocationFailedException($"The handler's Logs is {other.GetValueKind()}; expected an array of strings."),
        };
        return new(outputs, logs, Property("ReturnValue"));
    }

    /// <summary>The value for each output binding: from <see cref="Outputs"/>, from the return value's properties, or the return value itself.</summary>
    public JsonNode? ValueFor(FunctionBinding binding)
    {
        if (binding.Name == "$return")
        {
            return ReturnValue;
        }

        return Outputs[binding.Name] ?? (ReturnValue as JsonObject)?[binding.Name];
    }
}
