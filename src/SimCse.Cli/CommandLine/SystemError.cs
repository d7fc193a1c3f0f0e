using System.Net.Sockets;
using System.Text.RegularExpressions;

namespace SimCse.Cli.CommandLine;

/// <summary>Says in plain words what the system refused. The runtime's own sentences are for programmers.</summary>
internal static partial class SystemError
{
    // Numbers of errno, which exceptions of the file system have as their result; macOS has others for some of them.
    private const int NoPermission = 1, Busy = 11, AccessDenied = 13, Exists = 17, NotDirectory = 20, IsDirectory = 21, TooLarge = 27,
        NoSpace = 28, ReadOnly = 30, NameTooLong = 36, NameTooLongMac = 63, Quota = 122, QuotaMac = 69, BusyMac = 35;

    private const int WindowsBusy = unchecked((int)0x80070020), WindowsNoSpace = unchecked((int)0x80070070),
        WindowsHandleNoSpace = unchecked((int)0x80070027);

    private const string InTheWay = "something with this name, or with that of a folder above it, is there already";

    /// <summary>Whether every other file would fail, too.</summary>
    public static bool IsOfDisk(Exception exception) =>
        exception is IOException { HResult: NoSpace or ReadOnly or Quota or QuotaMac or WindowsNoSpace or WindowsHandleNoSpace };

    /// <summary>Whether another process has the file open.</summary>
    public static bool IsBusy(Exception exception) => exception is IOException { HResult: Busy or BusyMac or WindowsBusy };

    /// <param name="exception">What happened.</param>
    /// <param name="path">The file or folder that was to be written.</param>
    /// <returns>A sentence, without what to do; <see langword="null"/> when the exception is not about a file.</returns>
    public static string? DescribeWriting(Exception exception, string path) => exception switch
    {
        DirectoryNotFoundException => $"'{path}' cannot be written: {InTheWay}.", // a file where a folder has to be
        IOException or UnauthorizedAccessException => $"'{path}' cannot be written: {Describe(exception)}.",
        _ => null,
    };

    /// <summary>A few words, such as "permission denied".</summary>
    public static string Describe(Exception exception) => exception switch
    {
        FileNotFoundException => "no such file",
        DirectoryNotFoundException => "no such folder",
        PathTooLongException or IOException { HResult: NameTooLong or NameTooLongMac } => "the name is too long",
        EndOfStreamException => "the data ends too early",
        SocketException e => Describe(e.SocketErrorCode),
        IOException { InnerException: SocketException e } => Describe(e.SocketErrorCode),
        IOException { HResult: NoSpace or WindowsNoSpace or WindowsHandleNoSpace } => "the disk is full",
        IOException { HResult: Quota or QuotaMac } => "the quota of the disk is used up",
        IOException { HResult: ReadOnly } => "the disk can only be read",
        IOException { HResult: TooLarge } => "the file would become larger than this system allows",
        IOException { HResult: Exists or NotDirectory or IsDirectory } => InTheWay,
        UnauthorizedAccessException or IOException { HResult: NoPermission or AccessDenied } => "permission denied",
        _ when IsBusy(exception) => "another program uses it",
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
