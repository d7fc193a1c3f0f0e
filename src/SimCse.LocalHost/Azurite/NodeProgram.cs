using System.ComponentModel;
using System.Diagnostics;
using SimCse.LocalHost.Worker;

namespace SimCse.LocalHost.Azurite;

/// <summary>Runs Node.js and npm until they end. If they cannot be run, one sentence says what is missing.</summary>
internal static class NodeProgram
{
    /// <summary>Azurite 3.37 requires 22 in its package.json but also starts on 20; older versions lack syntax that it uses.</summary>
    private const int MinimumMajorVersion = 20;

    /// <exception cref="LocalHostException">Node.js is missing or older than <see cref="MinimumMajorVersion"/>.</exception>
    public static async Task CheckAsync(string node, CancellationToken cancellationToken)
    {
        var (exitCode, output) = await RunAsync(node, ["--version"], Environment.CurrentDirectory, cancellationToken);
        var version = output.Trim();
        if (exitCode != 0 || !Version.TryParse(version.TrimStart('v'), out var parsed) || parsed.Major < MinimumMajorVersion)
        {
            throw new LocalHostException(
                $"Azurite needs Node.js {MinimumMajorVersion} or newer, but '{node} --version' answered '{version}' (exit code " +
                $"{exitCode}); "
                + "install a newer Node.js, or set AzureWebJobsStorage to a storage account or an Azurite that is already running.");
        }
    }

    /// <exception cref="LocalHostException">npm is missing or failed; the message contains the end of its output.</exception>
    public static async Task InstallPackagesAsync(string npm, string folder, CancellationToken cancellationToken)
    {
        string[] arguments = ["ci", "--ignore-scripts", "--prefer-offline", "--no-update-notifier"];
        var (exitCode, output) = await RunAsync(npm, arguments, folder, cancellationToken);
        if (exitCode != 0)
        {
            throw new LocalHostException(
                $"Azurite could not be installed: '{npm} {string.Join(' ', arguments)}' in {folder} ended with exit code {exitCode}; "
                + $"check that npm reaches its registry. Its last lines:{Environment.NewLine}{output}");
        }
    }

    private static async Task<(int ExitCode, string Output)> RunAsync(
        string program, string[] arguments, string folder, CancellationToken cancellationToken)
    {
        var tail = new OutputTail();
        using var process = new Process { StartInfo = new(program, arguments) { WorkingDirectory = folder } };
        process.StartInfo.RedirectStandardOutput = process.StartInfo.RedirectStandardError = process.StartInfo.RedirectStandardInput = true;
        process.OutputDataReceived += (_, line) => AddLine(line.Data);
        process.ErrorDataReceived += (_, line) => AddLine(line.Data);
        try
        {
            process.Start();
        }
        catch (Win32Exception e)
        {
            throw new LocalHostException(
                $"Azurite runs on Node.js, and '{program}' was not found; install Node.js {MinimumMajorVersion} or newer with npm and " +
                "see that "
                + "both are on PATH, or set AzureWebJobsStorage to a storage account or an Azurite that is already running.", e);
        }

        try
        {
            process.StandardInput.Close();
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
            await process.WaitForExitAsync(cancellationToken);
            return (process.ExitCode, tail.ToString());
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        void AddLine(string? line)
        {
            if (line is not null)
            {
                tail.Add(line);
            }
        }
    }
}
