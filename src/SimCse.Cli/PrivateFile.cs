namespace SimCse.Cli;

/// <summary>
/// Files and folders that nobody but their owner can read from the moment when they exist. On Windows, a user's folders are so already.
/// </summary>
internal static class PrivateFile
{
    private const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Makes a file. A file that was there is removed: it may be open elsewhere, or readable by others.</summary>
    public static FileStream Create(string path, FileShare share = FileShare.Read, FileOptions options = FileOptions.None)
    {
        File.Delete(path);
        var creation = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            Share = share,
            Options = options,
        };
        if (!OperatingSystem.IsWindows())
        {
            creation.UnixCreateMode = Owner;
        }

        return new FileStream(path, creation);
    }

    /// <summary>Makes a folder, and those above it that are missing.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="closesExisting">Whether a folder that exists is closed to others, too: only for this program's own folders.</param>
    public static void CreateFolder(string path, bool closesExisting = false)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
            return;
        }

        Directory.CreateDirectory(path, Owner | UnixFileMode.UserExecute);
        if (closesExisting)
        {
            File.SetUnixFileMode(path, Owner | UnixFileMode.UserExecute);
        }
    }
}
