using Azure;

namespace SimCse.LocalHost;

/// <summary>Recognises that storage could not be reached or refused, which the SDK reports in two shapes.</summary>
internal static class StorageFailure
{
    /// <summary>True for an error answer, and for the aggregate that the SDK throws when all its retries failed.</summary>
    public static bool Is(Exception exception)
        => exception is RequestFailedException || exception is AggregateException { InnerExceptions: [RequestFailedException, ..] };
}
