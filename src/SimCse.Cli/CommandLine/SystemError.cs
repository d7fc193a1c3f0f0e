using System.Net.Sockets;
using System.Text.RegularExpressions;

namespace SimCse.Cli.CommandLine;

/// <summary>Says in plain words what the system refused. The runtime's own sentences are for programmers.</summary>
internal static partial class SystemError
{
    private const int WindowsDiskFull = unchecked((int)0x80070070);
    private const int WindowsHandleDiskFull = unchecked((int)0x80070027);
    private const int WindowsSharingViolation = unchecked((int)0x80070020);

    /// <summary>The numbers that Linux and macOS share; exceptions of the file system have them as their result.</summary>
    private const int NoSpace = 28;
    private const int ReadOnlyFileSystem = 30;
    private const int FileTooLarge = 27;

    /// <summary>A few words, such as "permission denied".</summary>
    public static string Describe(Exception exception) => exception switch
    {
        UnauthorizedAccessException => "permission denied",
        FileNotFoundException => "no such file",
        DirectoryNotFoundException => "no such folder",
        PathTooLongException => "the name is too long",
        EndOfStreamException => "the data ends too early",
        SocketException e => Describe(e.SocketErrorCode),
        IOException { InnerException: SocketException e } => Describe(e.SocketErrorCode),
        IOException { HResult: NoSpace or WindowsDiskFull or WindowsHandleDiskFull } => "the disk is full",
        IOException { HResult: ReadOnlyFileSystem } => "the file system is read-only",
        IOException { HResult: FileTooLarge } => "the file would become larger than allowed",
        IOException { HResult: WindowsSharingViolation } => "another program uses it",
        _ => Unquoted(exception.Message),
    };

    /// <summary>The file or folder that a runtime's message names, if it names one.</summary>
    public static string? PathIn(Exception exception) =>
        exception is FileNotFoundException { FileName: { } file } ? file
        : Quoted().Match(exception.Message) is { Success: true } match ? match.Groups[1].Value : null;

    private static string Describe(SocketError error) => error switch
    {
        SocketError.ConnectionRefused => "nothing listens there",
        SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain => "the name of the host is not known",
        SocketError.TimedOut => "no answer in time",
        SocketError.ConnectionReset or SocketError.ConnectionAborted => "the connection was broken off",
        SocketError.NetworkUnreachable or SocketError.HostUnreachable => "no way leads there",
        SocketError.AddressAlreadyInUse => "another program uses it",
        SocketError.AccessDenied => "permission denied",
        _ => $"socket error {error}",
    };

    private static string Unquoted(string message)
    {
        var sentence = Quoted().Replace(message, "").Replace(" : ", "", StringComparison.Ordinal).Trim(' ', ':', '.');
        return sentence.Length == 0 ? "input/output error" : char.ToLowerInvariant(sentence[0]) + sentence[1..];
    }

    [GeneratedRegex(" ?'([^']+)'")]
    private static partial Regex Quoted();
}
