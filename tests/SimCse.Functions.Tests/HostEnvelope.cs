using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace SimCse.Functions.Tests;

/// <summary>What the Functions host posts for a queue message: strings encoded twice, dates once.</summary>
internal static class HostEnvelope
{
    private static readonly JsonSerializerOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Queue(string text, DateTimeOffset? insertedOn = null) => new JsonObject
    {
        ["Data"] = new JsonObject { ["message"] = Twice(text) },
        ["Metadata"] = new JsonObject
        {
            ["DequeueCount"] = "1",
            ["Id"] = Twice("6c0e7a52-0000-0000-0000-000000000000"),
            ["PopReceipt"] = Twice("AgAAAAMAAAAAAAAA"),
            ["InsertionTime"] = (insertedOn ?? DateTimeOffset.UnixEpoch).ToString("yyyy-MM-ddTHH:mm:sszzz", CultureInfo.InvariantCulture),
            ["sys"] = new JsonObject { ["MethodName"] = "Any", ["UtcNow"] = "2026-01-01T00:00:00Z", ["RandGuid"] = "0" },
        },
    }.ToJsonString(Relaxed);

    private static string Twice(string text) => JsonSerializer.Serialize(text, Relaxed);
}
