using System.Xml;
using Azure;
using SimCse.Jobs;
using SimCse.Models.Quantisation;

namespace SimCse.Cli.CommandLine;

/// <summary>Explains an exception to the user in one sentence.</summary>
internal static class ErrorSentence
{
    private const int Forbidden = 403;

    public static string Describe(Exception exception) => exception switch
    {
        AggregateException { InnerException: { } inner } => Describe(inner),
        RequestFailedException e => Storage(e),
        XmlException e => $"Storage gave an answer that is not the XML that was expected: {e.Message}",
        CliException or LocalHost.LocalHostException or InvalidDataException or IOException or UnauthorizedAccessException
            or NotSupportedException or InvalidOperationException or HttpRequestException or LowQualityException
            or PermanentJobException => exception.Message,
        ArgumentException e => WithoutParameter(e),
        FormatException e => e.Message,
        _ => $"Unexpected {exception.GetType().Name}: {exception.Message} Run it again with --verbose to see where.",
    };

    /// <summary>The SDK's messages continue with twenty lines of headers; the first line is enough.</summary>
    private static string Storage(RequestFailedException e)
    {
        var first = e.Message.Split('\n', 2)[0].Trim();
        return e.Status switch
        {
            0 => $"Storage does not answer: {first}",
            Forbidden => $"Storage refuses access ({e.ErrorCode}): check the connection string, or the roles of the identity.",
            _ => $"Storage answered {e.Status} {e.ErrorCode}: {first}",
        };
    }

    private static string WithoutParameter(ArgumentException e) =>
        e.ParamName is { } name ? e.Message.Replace($" (Parameter '{name}')", "", StringComparison.Ordinal) : e.Message;
}
