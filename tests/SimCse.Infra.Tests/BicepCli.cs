using System.Diagnostics;
using System.Reflection;
using System.Runtime.InteropServices;
using SimCse.Testing;

namespace SimCse.Infra.Tests;

/// <summary>What a run of <c>bicep</c> said.</summary>
internal sealed record BicepResult(int ExitCode, string Output, string Messages);

/// <summary>The <c>bicep</c> binary of the pinned package.</summary>
internal static class BicepCli
{
    private static readonly string Binary = typeof(BicepCli).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>().Single(x => x.Key == "BicepPath").Value!;

    public static string Folder { get; } = Path.Combine(RepositoryRoot.Path, "infra");

    /// <summary>Skips the test where the package has no binary for.</summary>
    public static async Task<BicepResult> RunAsync(params string[] arguments)
    {
        Assert.SkipUnless(
            OperatingSystem.IsLinux() && RuntimeInformation.OSArchitecture == Architecture.X64,
            $"The bicep binary of this version's package is for Linux on x64, this is {RuntimeInformation.RuntimeIdentifier}.");
        MakeExecutable();
        var start = new ProcessStartInfo(Binary, arguments)
        {
            WorkingDirectory = Folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["DOTNET_SYSTEM_GLOBALIZATION_INVARIANT"] = "1"; // no ICU needed
        using var process = Process.Start(start)!;
        var (output, messages) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return new BicepResult(process.ExitCode, await output, await messages);
    }

    /// <summary>Packages carry no permissions.</summary>
    private static void MakeExecutable()
    {
        if (OperatingSystem.IsLinux() && (File.GetUnixFileMode(Binary) & UnixFileMode.UserExecute) == 0)
        {
            File.SetUnixFileMode(
                Binary, File.GetUnixFileMode(Binary) | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        }
    }
}
