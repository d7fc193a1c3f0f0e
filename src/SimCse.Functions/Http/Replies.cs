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

    public static Task ErrorAsync(HttpContext context, int status, string error) =>
        JsonAsync(context, status, new ErrorReply(error), Types.ErrorReply);
}
