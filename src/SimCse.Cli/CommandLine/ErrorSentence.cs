using System.Diagnostics;
using System.Net.Sockets;
using System.Xml;
using Azure;
using Azure.Identity;

namespace SimCse.Cli.CommandLine;

/// <summary>
/// Explains an exception to the user in one sentence. What this project threw was written for users; what the runtime and libraries threw
/// was not, and is put in other words.
/// </summary>
internal static class ErrorSentence
{
    private const int Forbidden = 403;

    public static string Describe(Exception exception) => exception switch
    {
        AggregateException { InnerException: { } inner } => Describe(inner),
        TypeInitializationException { InnerException: { } inner } => Describe(inner),
        RequestFailedException e => Storage(e),
        AuthenticationFailedException e => $"No identity could be had for storage: {FirstLine(e)}",
        XmlException => "Storage gave an answer that is not the XML that was expected; is it a storage account that was named?",
        _ when IsOurs(exception) => WithoutParameter(exception),
        HttpRequestException e => Http(e),
        IOException or UnauthorizedAccessException or SocketException => File(exception),
        OutOfMemoryException => "There is not enough memory for this.",
        _ => $"Unexpected {exception.GetType().Name} ({FirstLine(exception)}). Run it again with --verbose to see where.",
    };

    /// <summary>The SDK's messages continue with twenty lines of headers; the first line is enough.</summary>
    private static string Storage(RequestFailedException e) => e.Status switch
    {
        0 => $"Storage does not answer ({SystemError.Describe(e.GetBaseException())}): check the connection string and the network.",
        Forbidden => $"Storage refuses access ({e.ErrorCode}): check the connection string, or the roles of the identity.",
        _ => $"Storage answered {e.Status} {e.ErrorCode}: {FirstLine(e)}",
    };

    private static string Http(HttpRequestException e)
    {
        var what = e.StatusCode is { } status ? $"the server answered {(int)status}"
            : e.HttpRequestError switch
            {
                HttpRequestError.NameResolutionError => "the name of the host is not known",
                HttpRequestError.SecureConnectionError => "no secure connection came about",
                _ => SystemError.Describe(e.GetBaseException()),
            };
        return $"The network request failed: {what}.";
    }

    private static string File(Exception e) => SystemError.PathIn(e) is { } path
        ? $"'{path}' cannot be used: {SystemError.Describe(e)}."
        : $"A file cannot be used: {SystemError.Describe(e)}.";

    /// <summary>Whether a method of this project threw it, whatever its type.</summary>
    private static bool IsOurs(Exception exception) =>
        new StackTrace(exception).GetFrame(0)?.GetMethod()?.Module.Assembly.GetName().Name is { } thrower
        && (thrower == typeof(ErrorSentence).Assembly.GetName().Name || thrower.StartsWith("SimCse.", StringComparison.Ordinal));

    private static string FirstLine(Exception exception) => exception.Message.Split('\n', 2)[0].Trim().TrimEnd('.');

    private static string WithoutParameter(Exception e) => e is ArgumentException { ParamName: { } name }
        ? e.Message.Replace($" (Parameter '{name}')", "", StringComparison.Ordinal)
        : e.Message;
}
