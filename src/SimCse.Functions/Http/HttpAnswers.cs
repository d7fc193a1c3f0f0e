using System.Collections.Concurrent;
using System.Globalization;
using System.Reflection;
using Azure;
using Azure.Identity;
using Microsoft.Azure.Functions.Worker.Middleware;
using SimCse.Inference;

namespace SimCse.Functions.Http;

/// <summary>
/// Sends what an HTTP function returns, and turns what goes wrong on the way into an error of its route's shape with the right status;
/// nothing leaves without a reason.
/// </summary>
internal sealed class HttpAnswers(ILogger<HttpAnswers> logger) : IFunctionsWorkerMiddleware
{
    private readonly ConcurrentDictionary<string, RouteErrors> _shapes = new();

    public async Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        if (context.GetHttpContext() is not { } http)
        {
            await next(context);
            return;
        }

        // Work for a request ends when its client has gone, and when the host takes the invocation back: then somebody waits for an answer
        // still.
        var gone = http.RequestAborted;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(gone, context.CancellationToken);
        http.RequestAborted = either.Token;
        http.Features.Set(_shapes.GetOrAdd(context.FunctionId, static (_, function) => ShapeOf(function), context.FunctionDefinition));
        try
        {
            await next(context);
            await SendAsync(context.GetInvocationResult(), http);
        }
        catch (Exception e) when (!gone.IsCancellationRequested)
        {
            http.RequestAborted = gone;
            await FailAsync(http, e);
        }
        catch (Exception) when (gone.IsCancellationRequested)
        {
            // Nobody is there to be told.
        }
    }

    private static RouteErrors ShapeOf(FunctionDefinition function)
    {
        var name = function.EntryPoint[..function.EntryPoint.LastIndexOf('.')];
        return new(
            typeof(HttpAnswers).Assembly.GetType(name, throwOnError: true)!.GetCustomAttribute<ErrorShapeAttribute>()?.Shape
                ?? ErrorShape.Own);
    }

    /// <summary>
    /// Here and not later, so that an error on the way is caught here; and it is not for the host, to which it would go as JSON again.
    /// </summary>
    private static Task SendAsync(InvocationResult result, HttpContext http)
    {
        var answer = (IResult?)result.Value;
        result.Value = null;
        return answer?.ExecuteAsync(http) ?? Task.CompletedTask;
    }

    private async Task FailAsync(HttpContext http, Exception exception)
    {
        if (http.Response.HasStarted || http.Response.BodyWriter is { CanGetUnflushedBytes: true, UnflushedBytes: > 0 })
        {
            Log.RequestFailed(logger, http.Request.Method, http.Request.Path, exception);
            http.Abort(); // part of an answer is out; only a broken connection tells the client that the rest will not come
            return;
        }

        if (exception is not (HttpErrorException or EncoderBusyException or BadHttpRequestException or OperationCanceledException))
        {
            Log.RequestFailed(logger, http.Request.Method, http.Request.Path, exception);
        }

        await ReplyTo(http, exception).ExecuteAsync(http);
    }

    /// <summary>What the sender is told of an error.</summary>
    internal static IResult ReplyTo(HttpContext context, Exception exception)
    {
        switch (exception)
        {
            case HttpErrorException refused:
                SetRetryAfter(context, refused.RetryAfter);
                return Replies.Error(context, refused.Status, refused.Message, refused.Type);
            case EncoderBusyException busy:
                SetRetryAfter(context, busy.RetryAfter);
                return Replies.Error(context, StatusCodes.Status429TooManyRequests, busy.Message);
            case VectorNotFiniteException broken:
                return Replies.Error(context, StatusCodes.Status500InternalServerError, $"Input {broken.Index}: {broken.Message}");
            case BadHttpRequestException { StatusCode: StatusCodes.Status408RequestTimeout }:
                return Replies.Error(
                    context, StatusCodes.Status408RequestTimeout,
                    "The request's body came too slowly, or stopped before its Content-Length. Send it at once, or submit a file as a " +
                    "job.");
            case BadHttpRequestException bad:
                return Replies.Error(context, bad.StatusCode, bad.Message);
            case OperationCanceledException:
                return Replies.Error(
                    context, StatusCodes.Status503ServiceUnavailable,
                    "The host has ended this request before it was done: it stops, or the time was up. Send it again.");
            case RequestFailedException or AuthenticationFailedException:
            case AggregateException { InnerException: RequestFailedException }: // every try of the client's failed
                return Replies.Error(
                    context, StatusCodes.Status503ServiceUnavailable,
                    $"The storage account could not be used: {FirstLine((exception as AggregateException)?.InnerException ?? exception)}");
            default:
                return Replies.Error(
                    context, StatusCodes.Status500InternalServerError, $"{exception.GetType().Name}: {FirstLine(exception)}");
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
