using Azure;

namespace SimCse.LocalHost;

/// <summary>Recognises that storage could not be reached or refused a request, which the SDK reports in two forms.</summary>
internal static class StorageFailure
{
    /// <summary>Whether this is an error answer, or the aggregate that the SDK throws when all its retries have failed.</summary>
    public static bool Is(Exception exception)
        => exception is RequestFailedException || exception is AggregateException { InnerExceptions: [RequestFailedException, ..] };
}
