using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace SimCse.Functions.Http;

/// <summary>Makes JSON answers.</summary>
internal static class Replies
{
    /// <summary>Japanese stays readable, which is safe because the answers are never part of a page.</summary>
    public static FunctionsJson Types { get; } = new(
        new JsonSerializerOptions(FunctionsJson.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    public static IResult Json<T>(T value, JsonTypeInfo<T> type, int status = StatusCodes.Status200OK) => new JsonAnswer(
        answer =>
        {
            JsonSerializer.Serialize(answer.Writer, value, type);
            return Task.CompletedTask;
        },
        status);

    /// <summary>An error in the shape of the route that received the request.</summary>
    public static IResult Error(HttpContext context, int status, string error, ErrorType? type = null)
    {
        var shape = RouteMap.ShapeOf(context.Request.Path);
        if (shape == ErrorShape.Own)
        {
            return Json(new ErrorReply(error), Types.ErrorReply, status);
        }

        var kind = type ?? TypeOf(status);
        status = status == StatusCodes.Status500InternalServerError ? StatusCodes.Status424FailedDependency : status;
        if (status is not (StatusCodes.Status401Unauthorized or StatusCodes.Status404NotFound or StatusCodes.Status405MethodNotAllowed))
        {
            context.RequestServices.GetRequiredService<RequestMetrics>().Failed(kind);
        }

        return shape == ErrorShape.Tei
            ? Json(new TeiErrorReply(error, kind.ToString()), Types.TeiErrorReply, status)
            : Json(
                new OpenAiErrorReply(new OpenAiError(error, OpenAiType(status), null, kind.ToString()), error, status, kind.ToString()),
                Types.OpenAiErrorReply, status);
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
