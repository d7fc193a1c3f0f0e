using SimCse.LocalHost.Protocol;

namespace SimCse.LocalHost.Worker;

internal static class StatusResultExtensions
{
    /// <summary>
    /// Throws what <paramref name="failure"/> makes of the worker's reason: the exception's message, after its type if known.
    /// </summary>
    public static void ThrowUnlessSuccess(this StatusResult? result, Func<string, Exception> failure)
    {
        if (result?.Status != StatusResult.Types.Status.Success)
        {
            var reason = result?.Exception is not { } exception ? $"{result?.Status} without a reason"
                : exception.Type.Length > 0 ? $"{exception.Type}: {exception.Message}"
                : exception.Message;
            throw failure(reason);
        }
    }
}
