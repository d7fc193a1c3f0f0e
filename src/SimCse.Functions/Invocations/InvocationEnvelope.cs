using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace SimCse.Functions;

/// <summary>
/// Reads <c>{"Data":{…},"Metadata":{…}}</c>, which the Functions host posts for everything but HTTP. Thread-safe.
/// </summary>
/// <remarks>
/// The host writes objects as JSON and everything else as a string that holds JSON, so that strings arrive encoded twice; Microsoft's pages
/// show them encoded once, and <c>byte[]</c> arrives as base64. All three are read. One case cannot be told apart: a message that is itself a
/// quoted JSON string and arrives encoded once loses its quotes. Ours are objects.
/// Source: Azure/azure-functions-host 89dc438d, src/WebJobs.Script/Workers/MessageExtensions/ScriptInvocationContextExtensions.cs.
/// </remarks>
internal static class InvocationEnvelope
{
    private const char ByteOrderMark = '\uFEFF';

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Finds the message of a queue trigger.</summary>
    /// <param name="body">What was posted, UTF-8.</param>
    /// <param name="binding">The trigger's <c>name</c> in <c>function.json</c>.</param>
    /// <exception cref="InvocationEnvelopeException">It is not an envelope or holds no such binding; nothing else is thrown.</exception>
    public static QueueInvocation ReadQueueMessage(ReadOnlyMemory<byte> body, string binding)
    {
        using var envelope = Parse(body);
        var data = Property(envelope.RootElement, "Data");
        if (data is not { ValueKind: JsonValueKind.Object })
        {
            throw new InvocationEnvelopeException(
                $"The invocation has {data.Describe()} as \"Data\"; expected an object with the binding \"{binding}\".");
        }

        var value = Property(data.Value, binding);
        if (value is null or { ValueKind: JsonValueKind.Null })
        {
            throw new InvocationEnvelopeException(
                $"The invocation's \"Data\" holds {Names(data.Value)}; expected the binding \"{binding}\", which function.json names.");
        }

        // Never read fields of the message from Metadata: the host copies them there over its own.
        var metadata = Property(envelope.RootElement, "Metadata");
        return new QueueInvocation(DecodeBase64(Unwrap(value.Value)), Date(metadata, "InsertionTime"));
    }

    private static JsonDocument Parse(ReadOnlyMemory<byte> body)
    {
        if (body.IsEmpty)
        {
            throw new InvocationEnvelopeException("The invocation's body is empty; expected {\"Data\":…,\"Metadata\":…}.");
        }

        try
        {
            var envelope = JsonDocument.Parse(body);
            if (envelope.RootElement.ValueKind == JsonValueKind.Object)
            {
                return envelope;
            }

            using (envelope)
            {
                throw new InvocationEnvelopeException(
                    $"The invocation is {envelope.RootElement.Describe()}; expected an object {{\"Data\":…,\"Metadata\":…}}.");
            }
        }
        catch (JsonException e)
        {
            throw new InvocationEnvelopeException($"The invocation is not JSON: {e.Message}", e);
        }
    }

    /// <summary>Gives the text of a value, whether it was encoded once or twice.</summary>
    private static string Unwrap(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.String)
        {
            return value.GetRawText();
        }

        var once = value.TextOrNull() ?? throw new InvocationEnvelopeException(
            "The message is not text: it holds half a surrogate pair or bytes that are not UTF-8.");
        return once.AsSpan().TrimStart().StartsWith('"') ? TryParseString(once) ?? once : once;
    }

    private static string? TryParseString(string json)
    {
        try
        {
            using var parsed = JsonDocument.Parse(json);
            return parsed.RootElement.TextOrNull();
        }
        catch (Exception e) when (e is JsonException or ArgumentException) // ArgumentException: lone surrogates, which UTF-8 cannot carry
        {
            return null;
        }
    }

    /// <summary>Event Grid and older SDKs send base64, and the host hands it on under <c>messageEncoding: none</c>. Only JSON counts as found.</summary>
    private static string DecodeBase64(string message)
    {
        if (message.AsSpan().TrimStart() is ['{' or '[', ..] || !Base64.IsValid(message))
        {
            return message;
        }

        try
        {
            var decoded = StrictUtf8.GetString(Convert.FromBase64String(message)).TrimStart(ByteOrderMark);
            return decoded.AsSpan().TrimStart() is ['{' or '[', ..] ? decoded : message;
        }
        catch (Exception e) when (e is DecoderFallbackException or FormatException)
        {
            return message;
        }
    }

    /// <summary>The host writes dates encoded once; twice is read too. Whatever else is there says nothing.</summary>
    private static DateTimeOffset? Date(JsonElement? metadata, string name) =>
        metadata is { ValueKind: JsonValueKind.Object }
        && DateTimeOffset.TryParse(
            Property(metadata.Value, name)?.TextOrNull()?.Trim('"'),
            CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var date)
            ? date
            : null;

    private static JsonElement? Property(JsonElement parent, string name)
    {
        foreach (var property in parent.EnumerateObject())
        {
            if (string.Equals(property.NameOrNull(), name, StringComparison.OrdinalIgnoreCase))
            {
                return property.Value;
            }
        }

        return null;
    }

    private static string Names(JsonElement data)
    {
        var names = data.EnumerateObject().Select(property => $"\"{property.NameOrNull()}\"").Take(10).ToArray();
        return names.Length == 0 ? "nothing" : string.Join(", ", names);
    }
}
