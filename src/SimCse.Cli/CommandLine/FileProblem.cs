namespace SimCse.Cli.CommandLine;

/// <summary>Explains why a file cannot be written, in words of its own: those of .NET are not for users.</summary>
internal static class FileProblem
{
    // Numbers of errno, which .NET passes on; macOS has others for two of them.
    private const int NoPermission = 1, Busy = 11, AccessDenied = 13, Exists = 17, NotDirectory = 20, IsDirectory = 21, TooLarge = 27,
        NoSpace = 28, ReadOnly = 30, NameTooLong = 36, NameTooLongMac = 63, Quota = 122, QuotaMac = 69, BusyMac = 35;

    private const int WindowsBusy = unchecked((int)0x80070020), WindowsNoSpace = unchecked((int)0x80070070),
        WindowsHandleNoSpace = unchecked((int)0x80070027);

    /// <summary>Whether every other file would fail, too.</summary>
    public static bool IsOfDisk(Exception exception) =>
        exception is IOException { HResult: NoSpace or ReadOnly or Quota or QuotaMac or WindowsNoSpace or WindowsHandleNoSpace };

    /// <summary>Whether another process has the file open.</summary>
    public static bool IsBusy(Exception exception) => exception is IOException { HResult: Busy or BusyMac or WindowsBusy };

    /// <param name="exception">What happened.</param>
    /// <param name="path">The file or folder that was to be written.</param>
    /// <returns>A sentence, without what to do; <see langword="null"/> when the exception is not about a file.</returns>
    public static string? Describe(Exception exception, string path) => exception switch
    {
        IOException { HResult: NoSpace or WindowsNoSpace or WindowsHandleNoSpace } => $"The disk of '{path}' is full.",
        IOException { HResult: Quota or QuotaMac } => $"The quota for the disk of '{path}' is used up.",
        IOException { HResult: ReadOnly } => $"'{path}' is on a disk that can only be read.",
        IOException { HResult: TooLarge } => $"A file in '{path}' would be larger than this system allows.",
        PathTooLongException or IOException { HResult: NameTooLong or NameTooLongMac } => $"The path '{path}' is too long for this system.",
        DirectoryNotFoundException or IOException { HResult: Exists or NotDirectory or IsDirectory } =>
            $"'{path}' cannot be made: something with this name, or with that of a folder above it, is there already.",
        UnauthorizedAccessException or IOException { HResult: NoPermission or AccessDenied } =>
            $"'{path}' cannot be written: this user may not.",
        IOException e when IsBusy(e) => $"'{path}' is in use by another process.",
        IOException => $"'{path}' cannot be written ({exception.Message.TrimEnd('.')}).",
        _ => null,
    };
}
