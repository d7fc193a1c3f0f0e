using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace SimCse.LocalHost;

/// <summary>
/// How the host writes a value into <c>Data</c> or <c>Metadata</c>. Objects stay objects; everything else that is not bytes or a date is JSON
/// inside a JSON string, so that text arrives encoded twice and numbers arrive as strings.
/// </summary>
/// <remarks>
/// Source: ScriptInvocationContextExtensions.cs of Azure/azure-functions-host at 89dc438d.
/// </remarks>
internal static class WireValue
{
    /// <summary>Like the host's serializer, leaves everything readable that JSON allows.</summary>
    public static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static JsonNode? Encode(object? value) => value switch
    {
        byte[] bytes => JsonValue.Create(Convert.ToBase64String(bytes)),
        DateTimeOffset date => JsonValue.Create(WholeSeconds(date)),
        JsonObject json => json.DeepClone(),
        _ => JsonValue.Create(JsonSerializer.Serialize(value, Json)),
    };

    /// <summary>The host writes the date as text and reads it again, which drops the fraction and keeps the offset.</summary>
    private static string WholeSeconds(DateTimeOffset date) => date.ToString("yyyy-MM-dd'T'HH:mm:sszzz", CultureInfo.InvariantCulture);
}
