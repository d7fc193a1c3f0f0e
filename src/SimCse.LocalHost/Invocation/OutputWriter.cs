using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Azure.Storage.Queues;

namespace SimCse.LocalHost;

/// <summary>Sends a function's outputs to queues, after it has succeeded, one message after the other: not a transaction. Thread-safe.</summary>
internal sealed class OutputWriter(AppSettings settings, MessageEncoding encoding, QueueWakeups wakeups)
{
    private readonly ConcurrentDictionary<(string Connection, string Queue), QueueClient> _queues = new();

    public async Task WriteAsync(FunctionMetadata function, HandlerAnswer answer, CancellationToken cancellationToken)
    {
        foreach (var binding in function.Outputs.Where(output => output.Is("queue")))
        {
            if (answer.ValueFor(binding) is { } value)
            {
                await SendAsync(binding, Messages(value, binding.DataType), cancellationToken);
            }
        }
    }

    /// <summary>
    /// An array, or a string that holds one, becomes a message for each element. The binding's dataType decides about strings: <c>binary</c> demands
    /// base64, <c>string</c> leaves them alone, null tries base64 first.
    /// </summary>
    internal static IEnumerable<byte[]> Messages(JsonNode value, string? dataType)
    {
        if (value is JsonValue && value.GetValueKind() == JsonValueKind.String)
        {
            var text = value.GetValue<string>();
            var isString = "string".Equals(dataType, StringComparison.OrdinalIgnoreCase);
            if (!isString && TryDecodeBase64(text) is { } bytes)
            {
                return [bytes];
            }

            if ("binary".Equals(dataType, StringComparison.OrdinalIgnoreCase))
            {
                throw new InvocationFailedException("An output with dataType 'binary' holds a string that is not base64.");
            }

            return TryParseArray(text) is { } parsed ? parsed.Select(Bytes) : [Encoding.UTF8.GetBytes(text)];
        }

        return value is JsonArray array ? array.Select(Bytes) : [Bytes(value)];
    }

    private async Task SendAsync(FunctionBinding binding, IEnumerable<byte[]> messages, CancellationToken cancellationToken)
    {
        var queue = _queues.GetOrAdd(
            (settings.ConnectionString(binding.Connection), binding.QueueName!), key => new QueueClient(key.Connection, key.Queue));
        await queue.CreateIfNotExistsAsync(cancellationToken: cancellationToken);
        foreach (var message in messages)
        {
            await queue.SendMessageAsync(MessageBody.Encode(message, encoding), cancellationToken);
        }

        wakeups.Wake(queue.Name);
    }

    private static byte[] Bytes(JsonNode? value)
        => Encoding.UTF8.GetBytes(value is JsonValue && value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : Json(value));

    private static string Json(JsonNode? value) => value?.ToJsonString(WireValue.Json) ?? "null";

    /// <summary>
    /// The host tries base64 first with every string, so that "test" arrives as three bytes of rubbish. Reproduced: an app that relies on strings
    /// in outputs must find out here. Objects are safe.
    /// </summary>
    private static byte[]? TryDecodeBase64(string text)
    {
        var buffer = new byte[text.Length];
        return text.Length > 0 && Convert.TryFromBase64String(text, buffer, out var length) ? buffer[..length] : null;
    }

    private static JsonArray? TryParseArray(string text)
    {
        try
        {
            return text.AsSpan().Trim() is ['[', .., ']'] ? JsonNode.Parse(text) as JsonArray : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
