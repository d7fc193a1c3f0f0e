using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace SimCse.LocalHost.Worker;

/// <summary>
/// Kills the worker when this process dies without disposing of it (SIGKILL, a crash). A shell waits for the end of its standard input,
/// which the system closes when this process dies, and then kills the worker. A worker does not end with its host, and it cannot watch a
/// pipe, because Azure would give it none.
/// </summary>
internal sealed class ParentDeathGuard : IDisposable
{
    private readonly Process _shell;

    private ParentDeathGuard(Process shell) => _shell = shell;

    /// <summary>The pipe whose end means that this process has died; tests close it to simulate that.</summary>
    internal StreamWriter Lifeline => _shell.StandardInput;

    /// <summary>Returns null if there is no POSIX shell. The worker then survives a crash of the host, as it does in Azure.</summary>
    public static ParentDeathGuard? For(int processId)
    {
        if (OperatingSystem.IsWindows())
        {
            return null;
        }

        // Ctrl-C in a terminal also reaches the shell, which must not end before the worker has drained.
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
        // Killed before its input is closed, so that it cannot kill another process that has got the worker's number since.
        _shell.Kill(entireProcessTree: true);
        _shell.Dispose();
    }
}
