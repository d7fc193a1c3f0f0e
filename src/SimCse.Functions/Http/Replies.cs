using System.Net.Mime;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace SimCse.Functions;

/// <summary>JSON answers.</summary>
internal static class Replies
{
    /// <summary>Japanese stays readable; the answers are JSON and never part of a page.</summary>
    public static FunctionsJson Types { get; } = new(
        new JsonSerializerOptions(FunctionsJson.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    public static Task JsonAsync<T>(HttpContext context, int status, T value, JsonTypeInfo<T> type)
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsJsonAsync(value, type, cancellationToken: context.RequestAborted);
    }

    /// <summary><c>{}</c>: nothing to say. An empty body would leave the Functions host waiting until the invocation times out.</summary>
    public static Task EmptyAsync(HttpContext context)
    {
        context.Response.ContentType = MediaTypeNames.Application.Json;
        return context.Response.WriteAsync("{}", context.RequestAborted);
    }

    /// <summary>An error in the shape of the route that it comes from.</summary>
    public static Task ErrorAsync(HttpContext context, int status, string error, ErrorType? type = null)
    {
        var shape = context.GetEndpoint()?.Metadata.GetMetadata<RouteErrors>()?.Shape ?? ErrorShape.Own;
        if (shape == ErrorShape.Own)
        {
            return JsonAsync(context, status, new ErrorReply(error), Types.ErrorReply);
        }

        var kind = type ?? TypeOf(status);
        status = status == StatusCodes.Status500InternalServerError ? StatusCodes.Status424FailedDependency : status;
        context.RequestServices.GetRequiredService<RequestMetrics>().Failed(kind);
        return shape == ErrorShape.Tei
            ? JsonAsync(context, status, new TeiErrorReply(error, kind.ToString()), Types.TeiErrorReply)
            : JsonAsync(
                context, status, new OpenAiErrorReply(new OpenAiError(error, OpenAiType(status), null, kind.ToString()), error, status, kind.ToString()),
                Types.OpenAiErrorReply);
    }

    private static ErrorType TypeOf(int status) => status switch
    {
        StatusCodes.Status429TooManyRequests => ErrorType.Overloaded,
        StatusCodes.Status503ServiceUnavailable => ErrorType.Unhealthy,
        >= 500 => ErrorType.Backend,
        _ => ErrorType.Validation,
    };

    private static string OpenAiType(int status) => status switch
    {
        StatusCodes.Status429TooManyRequests => "rate_limit_error",
        StatusCodes.Status424FailedDependency or >= 500 => "server_error",
        _ => "invalid_request_error",
    };
}

/// <summary>The shape of a route's errors, as endpoint metadata.</summary>
internal sealed record RouteErrors(ErrorShape Shape);
