using System.Text;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;
using SimCse.LocalHost.App;
using SimCse.LocalHost.Protocol;

namespace SimCse.LocalHost.Queues;

/// <summary>The input of a queue function: the message's text under the parameter's name, and its properties as trigger metadata.</summary>
/// <remarks>
/// Source: ScriptInvocationContextExtensions.cs, GrpcMessageConversionExtensions.cs and Utility.cs (ApplyBindingData) of
/// Azure/azure-functions-host at 89dc438d. Its serializer is used here too, so that numbers and dates have the same form.
/// </remarks>
internal static class QueueTriggerData
{
    /// <summary>Makes the invocation from a message and the extension's binding data: QueueTrigger, Id, DequeueCount and so on.</summary>
    public static InvocationRequest Create(FunctionMetadata function, string text, IEnumerable<KeyValuePair<string, object?>> bindingData)
    {
        var request = function.Request(new() { String = WellFormed(text) });
        var metadata = new Dictionary<string, object?>(bindingData, StringComparer.OrdinalIgnoreCase);
        // The SDK's own entry is an object for use inside the host.
        metadata.Remove("sys");
        foreach (var (name, value) in PropertiesOf(text))
        {
            metadata[name] = value;
        }

        foreach (var (name, value) in metadata)
        {
            request.TriggerMetadata[WellFormed(name)] = value is string
                ? new() { String = WellFormed((string)value) }
                : new() { Json = WellFormed(JsonConvert.SerializeObject(value)) };
        }

        return request;
    }

    /// <summary>Makes binding data for a message that was never in a queue.</summary>
    public static Dictionary<string, object?> BindingDataOf(string text, DateTimeOffset insertedOn) => new()
    {
        ["QueueTrigger"] = text,
        ["DequeueCount"] = 1L,
        ["ExpirationTime"] = insertedOn.AddDays(7),
        ["Id"] = Guid.NewGuid().ToString(),
        ["InsertionTime"] = insertedOn,
        ["NextVisibleTime"] = insertedOn.AddMinutes(10),
        ["PopReceipt"] = Guid.NewGuid().ToString("N"),
    };

    /// <summary>
    /// The top-level properties of a JSON message. They replace binding data of the same name in any case: a message with <c>"id"</c> hides
    /// the real <c>Id</c>. That is the host's behaviour, and a trap for functions that take such a parameter.
    /// </summary>
    private static List<KeyValuePair<string, object?>> PropertiesOf(string text)
    {
        try
        {
            return text.AsSpan().Trim() is not ['{', .., '}']
                ? []
                : (from property in JObject.Parse(text).Properties()
                   where property.Value is not JArray
                   let value = property.Value as JObject ?? (object?)(string?)property.Value
                   where value is not null
                   select KeyValuePair.Create(property.Name, (object?)value)).ToList();
        }
        catch (Exception)
        {
            // Anybody may have written the text. The function decides what it is worth.
            return [];
        }
    }

    /// <summary>Replaces surrogates without a partner, which JSON can escape and the protocol cannot carry, by U+FFFD.</summary>
    private static string WellFormed(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
}
