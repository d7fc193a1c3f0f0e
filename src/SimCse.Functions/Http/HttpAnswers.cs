using System.Globalization;
using System.Xml;
using Azure;
using Azure.Identity;
using Microsoft.Azure.Functions.Worker.Middleware;
using SimCse.Inference;

namespace SimCse.Functions.Http;

/// <summary>
/// Sends the result of an HTTP function. Every exception on the way becomes an error in the shape of its route, with the right status and a
/// reason.
/// </summary>
internal sealed class HttpAnswers(RequestKeys keys, ILogger<HttpAnswers> logger) : IFunctionsWorkerMiddleware
{
    public async Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        if (context.GetHttpContext() is not { } http)
        {
            await next(context);
            return;
        }

        // Work for a request ends when its client has gone, and when the host cancels the invocation. In the second case the client still
        // waits for an answer.
        var gone = http.RequestAborted;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(gone, context.CancellationToken);
        http.RequestAborted = either.Token;
        try
        {
            keys.Check(http.Request, context.FunctionDefinition.Name);
            await next(context);
            await SendAsync(context.GetInvocationResult(), http);
        }
        catch (SlowClientException)
        {
            // Nobody's error: the function ends as it does when a client goes away.
            Log.ClientTooSlow(logger, http.Request.Method, http.Request.Path);
            http.Abort();
        }
        catch (Exception e) when (!gone.IsCancellationRequested)
        {
            http.RequestAborted = gone;
            await FailAsync(http, e);
        }
        catch (Exception) when (gone.IsCancellationRequested)
        {
            // The client has gone, so nobody would read an error.
        }
    }

    /// <summary>
    /// Sends the result here, so that exceptions on the way are caught here, and removes it, because the host would send it as JSON again.
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
            if (exception is not OperationCanceledException) // the host has ended the request, for its client has gone or the time is up
            {
                Log.RequestFailed(logger, http.Request.Method, http.Request.Path, exception);
            }

            http.Abort(); // part of an answer is sent; only a broken connection shows the client that the rest is missing
            return;
        }

        if (exception is not (HttpErrorException or EncoderBusyException or BadHttpRequestException or OperationCanceledException))
        {
            Log.RequestFailed(logger, http.Request.Method, http.Request.Path, exception);
        }

        await ReplyTo(http, exception).ExecuteAsync(http);
    }

    /// <summary>The answer that the sender gets for an exception.</summary>
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
            case XmlException:
                return Replies.Error(
                    context, StatusCodes.Status503ServiceUnavailable,
                    $"The storage account could not be used: its answer is not the XML that was expected. {FirstLine(exception)}");
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

    /// <summary>Azure's messages continue with headers and content, which are left out.</summary>
    private static string FirstLine(Exception exception) => exception.Message.Trim().Split('\n')[0].TrimEnd();
}
