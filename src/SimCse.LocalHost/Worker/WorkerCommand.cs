using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using SimCse.LocalHost.App;

namespace SimCse.LocalHost.Worker;

/// <summary>Makes the worker's command line, working folder and environment in the same way as the Functions host.</summary>
/// <param name="appRoot">The app's folder.</param>
/// <param name="config">The app's worker.config.json.</param>
/// <param name="settings">The app's settings.</param>
/// <param name="proxySecret">What the app's HTTP requests carry, so that it can refuse those that this host has not passed on.</param>
internal sealed class WorkerCommand(string appRoot, WorkerConfig config, AppSettings settings, string proxySecret)
{
    /// <summary>The variable that tells the app the secret of its proxy.</summary>
    public const string ProxySecretVariable = "SIMCSE_PROXY_SECRET";

    /// <summary>
    /// The program that gives a worker its own session, where it exists. Ctrl-C in a terminal goes to every process of the session, and
    /// would end workers whose invocations the host still waits for. The program executes the worker in its place, so the process id is the
    /// worker's.
    /// </summary>
    public static string? OwnSession { get; } = File.Exists("/usr/bin/setsid") ? "/usr/bin/setsid" : null;

    /// <summary>The arguments for every worker: the address of the host's gRPC server.</summary>
    /// <remarks>A .NET worker reads the arguments with <c>functions</c> in their name; the host also sends the older ones.</remarks>
    public static IReadOnlyList<string> HostArguments(Uri server)
    {
        var (port, length) = ($"{server.Port}", int.MaxValue.ToString(CultureInfo.InvariantCulture));
        return
        [
            "--host", server.Host, "--port", port, "--grpcMaxMessageLength", length,
            "--functions-uri", server.AbsoluteUri, "--functions-grpc-max-message-length", length,
        ];
    }

    /// <summary>
    /// The ids under which a worker opens its stream. Whoever knows them can take its place, so a process gets them in its environment,
    /// which only its user can read, although the Functions host gives them as arguments, which <c>ps</c> shows to everybody.
    /// </summary>
    public static IReadOnlyList<string> IdentityArguments(string workerId)
        => ["--functions-worker-id", workerId, "--functions-request-id", Guid.NewGuid().ToString()];

    /// <exception cref="LocalHostException">The worker's program is neither in the app's folder nor on PATH.</exception>
    public ProcessStartInfo Create(IEnumerable<string> hostArguments, string workerId)
    {
        string[] command = [.. OwnSession is null ? [] : (string[])[OwnSession], Executable(), .. config.Arguments, .. hostArguments];
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            WorkingDirectory = appRoot,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };

        // ProcessStartInfo.Environment starts as a copy of this process's, which a child of the real host inherits too.
        foreach (var (name, value) in settings.Values.Concat(HostEnvironment(workerId)))
        {
            start.Environment[name] = value;
        }

        return start;
    }

    private Dictionary<string, string> HostEnvironment(string workerId) => new()
    {
        ["Functions__Worker__WorkerId"] = workerId,
        ["Functions__Worker__RequestId"] = Guid.NewGuid().ToString(),
        [ProxySecretVariable] = proxySecret,
        ["FUNCTIONS_WORKER_DIRECTORY"] = appRoot,
        ["FUNCTIONS_APPLICATION_DIRECTORY"] = appRoot,
        ["FUNCTIONS_WORKER_RUNTIME"] = "dotnet-isolated",
        ["FUNCTIONS_WORKER_RUNTIME_VERSION"] = $"{Environment.Version.Major}.{Environment.Version.Minor}",
    };

    /// <summary>
    /// Takes the app's file of this name if there is one, and otherwise looks for the name on PATH. Where <c>dotnet</c> is not on PATH,
    /// the one that runs this program does.
    /// </summary>
    /// <exception cref="LocalHostException">The worker's program is nowhere.</exception>
    public string Executable()
    {
        var inApp = Path.Combine(appRoot, config.Executable);
        if (File.Exists(inApp))
        {
            return inApp;
        }

        var name = OperatingSystem.IsWindows() && !Path.HasExtension(config.Executable) ? config.Executable + ".exe" : config.Executable;
        var folders = (settings["PATH"] ?? "").Split(Path.PathSeparator);
        var places = folders.Select(folder => Path.Combine(folder, name)).Append(OwnRuntime(name));
        return places.FirstOrDefault(File.Exists) ?? throw new LocalHostException(
            $"The worker's program '{config.Executable}' is neither in {appRoot} nor on PATH; it is what worker.config.json names as " +
            "defaultExecutablePath.");
    }

    /// <summary>The program whose <c>shared/Microsoft.NETCore.App/VERSION</c> has the runtime of this process.</summary>
    private static string OwnRuntime(string name) =>
        Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", name));
}
