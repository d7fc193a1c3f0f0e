using System.Net.Sockets;

namespace SimCse.LocalHost;

/// <summary>Asks <c>GET /</c> until the handler answers anything at all, a 404 or 500 included.</summary>
internal sealed class HandlerReadiness(HttpClient http, TimeSpan pollInterval, TimeSpan initializationTimeout)
{
    /// <summary>True once the handler listens; false when the time is up or the process has ended.</summary>
    public async Task<bool> WaitAsync(HandlerProcess process, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(process.Gone, cancellationToken);
        try
        {
            // Only the pauses count against the time-out, as in the host: a ping that hangs is waited for.
            for (var waited = TimeSpan.Zero; waited < initializationTimeout; waited += pollInterval)
            {
                if (await AnswersAsync(process.BaseAddress, either.Token))
                {
                    return true;
                }

                await Task.Delay(pollInterval, either.Token);
            }

            return false;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    private async Task<bool> AnswersAsync(Uri address, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await http.GetAsync(address, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            return true;
        }
        catch (HttpRequestException e)
        {
            return e.InnerException is not SocketException;
        }
    }
}
