using System.Diagnostics;
using System.Text;

namespace SimCse.Testing;

/// <summary>The result of a run of <c>simcse</c>.</summary>
public sealed record CliResult(int ExitCode, string Output, string Error);

/// <summary>The built command line as a separate process, as a user starts it. Early disposal kills it and its children.</summary>
public sealed class CliProcess : IDisposable
{
    /// <summary>Long enough for a demo that first installs Azurite and makes a model; only a hang takes longer.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(10);

    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _error = new();

    private CliProcess(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, line) => Append(_output, line.Data);
        process.ErrorDataReceived += (_, line) => Append(_error, line.Data);
    }

    /// <summary>The path of the built command line.</summary>
    public static string Assembly { get; } = Built("src/SimCse.Cli", "simcse.dll");

    /// <summary>The path of the built benchmarks, which are a command line too.</summary>
    public static string Benchmarks { get; } = Built("tests/SimCse.Benchmarks", "SimCse.Benchmarks.dll");

    /// <summary>The path of the built benchmarks for a GPU.</summary>
    public static string GpuBenchmarks { get; } = Built("tests/SimCse.Benchmarks.Gpu", "SimCse.Benchmarks.Gpu.dll");

    public int ProcessId => _process.Id;

    /// <summary>The output so far.</summary>
    public string Output => Read(_output);

    public string Error => Read(_error);

    public bool HasExited => _process.HasExited;

    /// <summary>Starts a command in a folder with additional environment variables.</summary>
    public static CliProcess Start(
        IEnumerable<string> arguments, string workingFolder, IReadOnlyDictionary<string, string>? environment =
            null, string? assembly = null)
    {
        // A shell makes its background processes ignore Ctrl-C, and their children inherit that. The tests must not depend on how they were
        // started.
        string[] command = OperatingSystem.IsLinux() ? ["env", "--default-signal=INT", "dotnet"] : ["dotnet"];
        var start = new ProcessStartInfo(command[0], [.. command[1..], assembly ?? Assembly, .. arguments])
        {
            WorkingDirectory = workingFolder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
        };
        string[] unset = ["AzureWebJobsStorage", "SIMCSE_CONNECTION", "SIMCSE_MODEL", "SIMCSE_KEY"];
        Array.ForEach(unset, name => start.Environment.Remove(name));
        start.Environment["SIMCSE_DATA"] = ".simcse"; // named, so that the `simcse up` of another test is not found
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        var cli = new CliProcess(new Process { StartInfo = start });
        cli._process.Start();
        cli._process.BeginOutputReadLine();
        cli._process.BeginErrorReadLine();
        return cli;
    }

    public static Task<CliResult> RunAsync(
        IEnumerable<string> arguments, string workingFolder, CancellationToken cancellationToken, string standardInput = "",
        IReadOnlyDictionary<string, string>? environment = null, string? assembly = null) =>
        RunAsync(arguments, workingFolder, Encoding.UTF8.GetBytes(standardInput), cancellationToken, environment, assembly);

    /// <summary>Runs a command to its end with any bytes as its standard input.</summary>
    public static async Task<CliResult> RunAsync(
        IEnumerable<string> arguments, string workingFolder, byte[] standardInput, CancellationToken cancellationToken,
        IReadOnlyDictionary<string, string>? environment = null, string? assembly = null)
    {
        using var cli = Start(arguments, workingFolder, environment, assembly);
        try
        {
            await cli._process.StandardInput.BaseStream.WriteAsync(standardInput, cancellationToken);
            cli._process.StandardInput.Close();
        }
        catch (IOException)
        {
            // The command ended without reading its input.
        }

        return await cli.WaitAsync(cancellationToken);
    }

    /// <exception cref="TimeoutException">The command has not ended within <see cref="Limit"/>; the message has its output.</exception>
    public async Task<CliResult> WaitAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _process.WaitForExitAsync(cancellationToken).WaitAsync(Limit, cancellationToken);
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"simcse has not ended within {Limit.TotalMinutes:0} min. It wrote:\n{Output}\n{Error}", e);
        }

        return new CliResult(_process.ExitCode, Output, Error);
    }

    /// <summary>Sends the signal that Ctrl-C in its terminal would send.</summary>
    public void Interrupt() => Signal("INT");

    /// <summary>Sends the signal of this name, which is given without SIG.</summary>
    public void Signal(string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", ProcessId.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        _process.Dispose();
    }

    /// <summary>Returns the path for the configuration under test.</summary>
    private static string Built(string project, string assembly) =>
        Path.Combine(RepositoryRoot.Path, project, "bin", new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name, "net10.0", assembly);

    private static void Append(StringBuilder text, string? line)
    {
        lock (text)
        {
            text.Append(line).Append(line is null ? "" : "\n");
        }
    }

    private static string Read(StringBuilder text)
    {
        lock (text)
        {
            return text.ToString();
        }
    }
}
