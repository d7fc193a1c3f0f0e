using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace SimCse.LocalHost;

/// <summary>Writes the response that a handler described in <c>Outputs.res</c>: <c>{"statusCode" | "status", "body", "headers"}</c>.</summary>
internal static class HttpJsonResponse
{
    public static async Task WriteAsync(FunctionMetadata function, HandlerAnswer answer, HttpResponse response, CancellationToken cancellationToken)
    {
        var binding = function.Outputs.FirstOrDefault(output => output.Is("http"));
        var value = binding is null ? null : answer.ValueFor(binding);
        if (value is null)
        {
            response.StatusCode = StatusCodes.Status204NoContent;
            return;
        }

        var body = value;
        if (value is JsonObject described)
        {
            response.StatusCode = StatusCode(Property(described, "statusCode") ?? Property(described, "status"));
            foreach (var (name, header) in Property(described, "headers") as JsonObject ?? [])
            {
                response.Headers[name] = header?.ToString();
            }

            body = Property(described, "body");
        }

        if (body is null)
        {
            return;
        }

        var isText = body.GetValueKind() == JsonValueKind.String;
        response.ContentType ??= isText ? "text/plain; charset=utf-8" : "application/json; charset=utf-8";
        var bytes = Encoding.UTF8.GetBytes(isText ? body.GetValue<string>() : body.ToJsonString(WireValue.Json));
        response.ContentLength = bytes.Length;
        await response.Body.WriteAsync(bytes, cancellationToken);
    }

    private static JsonNode? Property(JsonObject json, string name)
        => json.FirstOrDefault(property => property.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Value;

    private static int StatusCode(JsonNode? status)
        => status is null
            ? StatusCodes.Status200OK
            : int.TryParse(status.ToString(), CultureInfo.InvariantCulture, out var code) && code is >= 100 and <= 999
                ? code
                : throw new InvocationFailedException($"The handler answered with the HTTP status '{status}'; expected a number.");
}
