using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Xunit;

namespace SimCse.Testing;

/// <summary>The result of running a program.</summary>
public sealed record ProgramResult(int ExitCode, string Output, string Error);

/// <summary>A folder with a <c>package.json</c> and its lock file beside a test assembly, installed by npm once per user.</summary>
/// <param name="name">The name of the folder beside the assembly.</param>
public sealed class NodePackage(string name)
{
    private static readonly SemaphoreSlim Installing = new(1);

    private readonly string _source = Path.Combine(AppContext.BaseDirectory, name);

    /// <summary>Runs node in the installed folder.</summary>
    /// <param name="arguments">The script and its arguments; a relative path of the script starts at the folder.</param>
    /// <param name="input">The text for standard input.</param>
    /// <param name="cancellationToken">Cancels the run.</param>
    public async Task<ProgramResult> RunAsync(string[] arguments, string input, CancellationToken cancellationToken) =>
        await RunAsync("node", arguments, await EnsureAsync(cancellationToken), input, cancellationToken);

    /// <summary>Starts a script in the installed folder that says one line when it is ready and ends with its standard input.</summary>
    /// <returns>The process, which the caller ends, and its line.</returns>
    public async Task<(Process Process, string Ready)> StartAsync(string script, CancellationToken cancellationToken)
    {
        var process = Process.Start(new ProcessStartInfo("node", script)
        {
            WorkingDirectory = await EnsureAsync(cancellationToken),
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        return (process, await process.StandardOutput.ReadLineAsync(cancellationToken) ?? throw new InvalidOperationException(script));
    }

    private async Task<string> EnsureAsync(CancellationToken cancellationToken)
    {
        var hash = SHA256.HashData(Files().SelectMany(File.ReadAllBytes).ToArray());
        var cache = Path.Combine(
            Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify),
            "simcse");
        var folder = Path.Combine(cache, $"{name}-{Convert.ToHexStringLower(hash)[..16]}");
        await Installing.WaitAsync(cancellationToken);
        try
        {
            if (!Directory.Exists(folder))
            {
                await InstallAsync(folder, cancellationToken);
            }
        }
        finally
        {
            Installing.Release();
        }

        return folder;
    }

    private async Task InstallAsync(string folder, CancellationToken cancellationToken)
    {
        var unfinished = Directory.CreateDirectory($"{folder}.{Environment.ProcessId}").FullName;
        foreach (var file in Files())
        {
            File.Copy(file, Path.Combine(unfinished, Path.GetFileName(file)), overwrite: true);
        }

        var (exitCode, output, error) = await RunAsync(
            "npm", ["ci", "--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund"], unfinished, "", cancellationToken);
        Assert.True(exitCode == 0, output + error);
        Directory.Move(unfinished, folder);
    }

    private IEnumerable<string> Files() => Directory.EnumerateFiles(_source).Order(StringComparer.Ordinal);

    private static async Task<ProgramResult> RunAsync(
        string program, string[] arguments, string folder, string input, CancellationToken cancellationToken)
    {
        using var process = new Process
        {
            StartInfo = new ProcessStartInfo(program, arguments)
            {
                WorkingDirectory = folder,
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                StandardInputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
                StandardOutputEncoding = Encoding.UTF8,
            },
        };
        process.Start();
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        var (output, error) = (
            process.StandardOutput.ReadToEndAsync(cancellationToken), process.StandardError.ReadToEndAsync(cancellationToken));
        await process.WaitForExitAsync(cancellationToken);
        return new ProgramResult(process.ExitCode, await output, await error);
    }
}
