using System.Globalization;
using Azure;
using Azure.Identity;
using SimCse.Inference;

namespace SimCse.Functions;

/// <summary>Turns what goes wrong in a request into an error of its route's shape with the right status; nothing leaves without a reason.</summary>
internal sealed class HttpErrors(RequestDelegate next, ILogger<HttpErrors> logger)
{
    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
        }
        catch (Exception e) when (!context.Response.HasStarted && !context.RequestAborted.IsCancellationRequested)
        {
            await ReplyAsync(context, e);
        }
    }

    private Task ReplyAsync(HttpContext context, Exception exception)
    {
        switch (exception)
        {
            case HttpErrorException refused:
                SetRetryAfter(context, refused.RetryAfter);
                return Replies.ErrorAsync(context, refused.Status, refused.Message, refused.Type);
            case EncoderBusyException busy:
                SetRetryAfter(context, busy.RetryAfter);
                return Replies.ErrorAsync(context, StatusCodes.Status429TooManyRequests, busy.Message);
            case VectorNotFiniteException broken:
                Log.RequestFailed(logger, context.Request.Method, context.Request.Path, exception);
                return Replies.ErrorAsync(context, StatusCodes.Status500InternalServerError, $"Input {broken.Index}: {broken.Message}");
            case BadHttpRequestException { StatusCode: StatusCodes.Status408RequestTimeout }:
                return Replies.ErrorAsync(
                    context, StatusCodes.Status408RequestTimeout,
                    "The request's body came too slowly, or stopped before its Content-Length. Send it at once, or submit a file as a job.");
            case BadHttpRequestException bad:
                return Replies.ErrorAsync(context, bad.StatusCode, bad.Message);
            case RequestFailedException or AuthenticationFailedException:
            case AggregateException { InnerException: RequestFailedException }: // every try of the client's failed
                Log.StorageFailed(logger, context.Request.Method, context.Request.Path, exception);
                return Replies.ErrorAsync(context, StatusCodes.Status503ServiceUnavailable, $"The storage account could not be used: {FirstLine((exception as AggregateException)?.InnerException ?? exception)}");
            default:
                Log.RequestFailed(logger, context.Request.Method, context.Request.Path, exception);
                return Replies.ErrorAsync(context, StatusCodes.Status500InternalServerError, $"{exception.GetType().Name}: {FirstLine(exception)}");
        }
    }

    private static void SetRetryAfter(HttpContext context, TimeSpan? delay)
    {
        if (delay is { TotalSeconds: var seconds })
        {
            context.Response.Headers.RetryAfter = seconds.ToString("0", CultureInfo.InvariantCulture);
        }
    }

    /// <summary>Azure's messages go on with headers and content.</summary>
    private static string FirstLine(Exception exception) => exception.Message.Trim().Split('\n')[0].TrimEnd();
}
