using System.Xml;
using Azure;

namespace SimCse.LocalHost;

/// <summary>Recognises that storage could not be reached, refused a request, or answered with something that is not XML.</summary>
internal static class StorageFailure
{
    /// <summary>
    /// Whether this is an error answer, one that cannot be read, or the aggregate that the SDK throws when all its retries have failed.
    /// </summary>
    public static bool Is(Exception exception)
        => exception is RequestFailedException or XmlException or AggregateException { InnerExceptions: [RequestFailedException, ..] };
}
