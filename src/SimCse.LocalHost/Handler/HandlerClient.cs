using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace SimCse.LocalHost;

/// <summary>Posts invocations to a handler and judges its answers by the host's rules. Thread-safe.</summary>
/// <remarks>Source: DefaultHttpWorkerService.cs of Azure/azure-functions-host at 89dc438d.</remarks>
internal sealed class HandlerClient(HttpClient http)
{
    public const string InvocationIdHeader = "X-Azure-Functions-InvocationId";
    public const string HostVersionHeader = "X-Azure-Functions-HostVersion";

    /// <summary>A version of the host this was written after; handlers see it and rarely care.</summary>
    public const string HostVersion = "4.1044.0.0";

    private static readonly MediaTypeHeaderValue JsonUtf8 = new("application/json", "utf-8");

    public static void AddHeaders(HttpRequestMessage request, Guid invocationId)
    {
        request.Headers.TryAddWithoutValidation(InvocationIdHeader, invocationId.ToString());
        request.Headers.TryAddWithoutValidation(HostVersionHeader, HostVersion);
    }

    /// <summary>Invokes a function with a JSON payload.</summary>
    /// <exception cref="InvocationFailedException">The answer is not 2xx, not JSON, or broken JSON.</exception>
    /// <exception cref="HttpRequestException">The connection was refused or broke.</exception>
    public async Task<HandlerAnswer> InvokeAsync(
        HandlerProcess process, FunctionMetadata function, Guid invocationId, JsonObject payload, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(process.BaseAddress, function.Name));
        AddHeaders(request, invocationId);
        request.Headers.UserAgent.Add(new("Azure-Functions-Host", HostVersion));
        request.Headers.TransferEncodingChunked = true;
        request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(payload.ToJsonString(WireValue.Json)));
        request.Content.Headers.ContentType = JsonUtf8;
        using var response = await http.SendAsync(request, cancellationToken);
        if (!response.IsSuccessStatusCode)
        {
            throw new InvocationFailedException($"The handler answered {(int)response.StatusCode} ({response.ReasonPhrase}); only 2xx is success.");
        }

        var body = await response.Content.ReadAsByteArrayAsync(cancellationToken);
        return HandlerAnswer.From(Parse(body, response.Content.Headers.ContentType?.MediaType) ?? await NeverCompleteAsync(cancellationToken));
    }

    /// <summary>Null is what the host makes of an empty body and of the literal null.</summary>
    private static JsonObject? Parse(byte[] body, string? mediaType)
    {
        if (body.Length == 0)
        {
            return null;
        }

        if (mediaType is not ("application/json" or "text/json"))
        {
            throw new InvocationFailedException($"The handler answered with content type '{mediaType}'; expected application/json.");
        }

        try
        {
            var json = JsonNode.Parse(body);
            return json is null or JsonObject
                ? json?.AsObject()
                : throw new InvocationFailedException($"The handler answered with JSON of kind {json.GetValueKind()}; expected an object.");
        }
        catch (JsonException e)
        {
            throw new InvocationFailedException($"The handler answered with broken JSON: {e.Message}", e);
        }
    }

    /// <summary>
    /// The host has no branch for an answer that is null: the invocation stays open until the function's time-out. That trap is reproduced,
    /// because a handler that falls into it here would fall into it in Azure.
    /// </summary>
    private static async Task<JsonObject> NeverCompleteAsync(CancellationToken cancellationToken)
    {
        await Task.Delay(Timeout.Infinite, cancellationToken);
        return [];
    }
}
