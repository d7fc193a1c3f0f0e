using System.Text.Json.Nodes;
using Azure.Storage.Queues.Models;

namespace SimCse.LocalHost;

/// <summary>The body that the host posts for an invocation: <c>{"Data":{…},"Metadata":{…}}</c>.</summary>
internal static class InvocationPayload
{
    /// <summary>The body is the decoded message: text, or bytes when the binding says <c>"dataType": "binary"</c>.</summary>
    public static JsonObject ForQueue(FunctionMetadata function, QueueMessage message, object body, TimeProvider timeProvider)
    {
        var bindingData = NewBindingData();
        bindingData["DequeueCount"] = message.DequeueCount;
        bindingData["ExpirationTime"] = message.ExpiresOn;
        bindingData["Id"] = message.MessageId;
        bindingData["InsertionTime"] = message.InsertedOn;
        bindingData["NextVisibleTime"] = message.NextVisibleOn;
        bindingData["PopReceipt"] = message.PopReceipt;
        if (body is string text)
        {
            JsonBindingData.Apply(text, bindingData);
        }

        return Create(function, body, bindingData, timeProvider);
    }

    public static JsonObject ForTimer(FunctionMetadata function, TimerStatus? status, bool isPastDue, TimeProvider timeProvider)
    {
        var timer = new JsonObject
        {
            ["Schedule"] = new JsonObject { ["AdjustForDST"] = true },
            ["ScheduleStatus"] = status?.ToJson(),
            ["IsPastDue"] = isPastDue,
        };
        return Create(function, timer, NewBindingData(), timeProvider);
    }

    public static JsonObject ForWarmup(FunctionMetadata function, TimeProvider timeProvider)
        => Create(function, new JsonObject(), NewBindingData(), timeProvider);

    public static JsonObject ForHttp(FunctionMetadata function, JsonObject request, Dictionary<string, object?> bindingData, TimeProvider timeProvider)
        => Create(function, request, bindingData, timeProvider);

    /// <summary>Names differ by more than case, as in the host's dictionary.</summary>
    public static Dictionary<string, object?> NewBindingData() => new(StringComparer.OrdinalIgnoreCase);

    private static JsonObject Create(FunctionMetadata function, object triggerValue, Dictionary<string, object?> bindingData, TimeProvider timeProvider)
    {
        // Like everything else in the binding data, this one gives way to a message's property of the same name.
        bindingData.TryAdd("sys", new JsonObject
        {
            ["MethodName"] = function.Name,
            ["UtcNow"] = timeProvider.GetUtcNow().UtcDateTime,
            ["RandGuid"] = Guid.NewGuid().ToString(),
        });
        var metadata = new JsonObject();
        foreach (var (name, value) in bindingData)
        {
            if (value is not null && !name.EndsWith("trigger", StringComparison.OrdinalIgnoreCase))
            {
                metadata[name] = WireValue.Encode(value);
            }
        }

        return new JsonObject
        {
            ["Data"] = new JsonObject { [function.Trigger.Name] = WireValue.Encode(triggerValue) },
            ["Metadata"] = metadata,
        };
    }
}
