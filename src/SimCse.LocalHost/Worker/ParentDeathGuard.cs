using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace SimCse.LocalHost.Worker;

/// <summary>
/// Kills the worker when this process dies without disposing of it (SIGKILL, a crash): a shell waits for the end of its standard input,
/// which the system closes with us, and then kills. A worker does not end with its host, and cannot be asked to watch a pipe: nothing in
/// Azure would give it one.
/// </summary>
internal sealed class ParentDeathGuard : IDisposable
{
    private readonly Process _shell;

    private ParentDeathGuard(Process shell) => _shell = shell;

    /// <summary>The pipe whose end means that we are gone; tests close it in our stead.</summary>
    internal StreamWriter Lifeline => _shell.StandardInput;

    /// <summary>Null where there is no POSIX shell; the worker then outlives a crash of the host, as it does in Azure.</summary>
    public static ParentDeathGuard? For(int processId)
    {
        if (OperatingSystem.IsWindows())
        {
            return null;
        }

        // Ctrl-C in a terminal reaches the shell too, and must not end it before the worker's drain is over.
        string[] arguments = ["-c", "trap '' INT TERM HUP; cat >/dev/null; kill -9 \"$1\" " +
            "2>/dev/null", "sh", processId.ToString(CultureInfo.InvariantCulture)];
        try
        {
            return new(Process.Start(new ProcessStartInfo("/bin/sh", arguments) { RedirectStandardInput = true })!);
        }
        catch (Win32Exception)
        {
            return null;
        }
    }

    public void Dispose()
    {
        // Killed before its input is closed, so that it kills nobody who has been given the worker's number since.
        _shell.Kill(entireProcessTree: true);
        _shell.Dispose();
    }
}
