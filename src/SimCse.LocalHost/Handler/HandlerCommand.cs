using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace SimCse.LocalHost;

/// <summary>Makes the handler's command line, working folder and environment as the Functions host does.</summary>
internal sealed class HandlerCommand(string appRoot, CustomHandlerSection section, AppSettings settings)
{
    /// <summary>A new port and a new worker id for every start, unless host.json fixes the port.</summary>
    public (ProcessStartInfo Start, int Port) Create()
    {
        var port = section.Port ?? FreePort();
        var environment = HostEnvironment(port);
        string Expand(string text) => settings.Expand(text, environment);

        var description = section.Description;
        var executable = Executable(Expand(description.DefaultExecutablePath));
        var start = new ProcessStartInfo(OwnSession ?? executable)
        {
            WorkingDirectory = Path.Combine(appRoot, Expand(description.WorkingDirectory ?? "")),
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        if (OwnSession is not null)
        {
            start.ArgumentList.Add(executable);
        }

        string[] workerPath = description.DefaultWorkerPath is { Length: > 0 } path ? [path] : [];
        foreach (var argument in (string[])[.. description.Arguments, .. workerPath, .. description.WorkerArguments])
        {
            start.ArgumentList.Add(Expand(argument));
        }

        // ProcessStartInfo.Environment starts as a copy of ours, which is what a child of the real host inherits.
        foreach (var (name, value) in settings.Values.Concat(environment))
        {
            start.Environment[name] = value;
        }

        return (start, port);
    }

    private Dictionary<string, string> HostEnvironment(int port)
    {
        var portText = port.ToString(CultureInfo.InvariantCulture);
        var workerId = Guid.NewGuid().ToString();
        return new(StringComparer.OrdinalIgnoreCase)
        {
            ["FUNCTIONS_HTTPWORKER_PORT"] = portText,
            ["FUNCTIONS_CUSTOMHANDLER_PORT"] = portText,
            ["FUNCTIONS_HTTPWORKER_ID"] = workerId,
            ["FUNCTIONS_CUSTOMHANDLER_WORKER_ID"] = workerId,
            ["FUNCTIONS_APP_ROOT_PATH"] = appRoot,
        };
    }

    /// <summary>
    /// A Ctrl-C in the terminal goes to every process of the session, and would end handlers whose invocations the host still waits for; so they get
    /// a session of their own where there is a program for it (it executes the handler in its own place: the process id is the handler's).
    /// </summary>
    private static string? OwnSession { get; } = File.Exists("/usr/bin/setsid") ? "/usr/bin/setsid" : null;

    /// <summary>A file beside the app is meant when there is one; otherwise the name is looked for on PATH.</summary>
    private string Executable(string executable)
    {
        var beside = Path.Combine(appRoot, section.Description.WorkerDirectory ?? "", executable);
        if (File.Exists(beside))
        {
            return Path.GetFullPath(beside);
        }

        var extension = OperatingSystem.IsWindows() && !Path.HasExtension(executable) ? ".exe" : "";
        var folders = (settings["PATH"] ?? "").Split(Path.PathSeparator);
        return folders.Select(folder => Path.Combine(folder, executable + extension)).FirstOrDefault(File.Exists) ?? throw new LocalHostException(
            $"The handler '{executable}' is neither in {appRoot} nor on PATH; it is what host.json names as customHandler.description.defaultExecutablePath.");
    }

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
