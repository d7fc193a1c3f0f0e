using System.Text.Json.Nodes;

namespace SimCse.LocalHost.Tests;

/// <summary>Bindings for function.json.</summary>
internal static class Bindings
{
    public static JsonObject HttpTrigger(string? route = null, params string[] methods)
    {
        var binding = new JsonObject { ["type"] = "httpTrigger", ["direction"] = "in", ["name"] = "req", ["authLevel"] = "anonymous" };
        if (route is not null)
        {
            binding["route"] = route;
        }

        if (methods.Length > 0)
        {
            binding["methods"] = new JsonArray([.. methods.Select(method => JsonValue.Create(method))]);
        }

        return binding;
    }

    public static JsonObject HttpOutput() => new() { ["type"] = "http", ["direction"] = "out", ["name"] = "res" };

    public static JsonObject QueueOutput(string queueName, string? dataType = null)
    {
        var binding = new JsonObject { ["type"] = "queue", ["direction"] = "out", ["name"] = "out", ["queueName"] = queueName };
        if (dataType is not null)
        {
            binding["dataType"] = dataType;
        }

        return binding;
    }
}
