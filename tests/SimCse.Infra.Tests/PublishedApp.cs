using System.Diagnostics;
using SimCse.Testing;

namespace SimCse.Infra.Tests;

/// <summary>
/// What <c>dotnet publish</c> leaves of the app, in the configuration of the tests; the image's own build also compiles ahead.
/// </summary>
public sealed class PublishedApp : IAsyncLifetime
{
    internal static readonly string Project = Path.Combine(RepositoryRoot.Path, "src", "SimCse.Functions", "SimCse.Functions.csproj");

    private readonly TemporaryFolder _folder = new();

    public string Folder => _folder["app"];

    public async ValueTask InitializeAsync() =>
        await DotnetAsync(
            [
                "publish", Project, "--no-build", "-c", new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name, "-o", Folder,
                "-nodeReuse:false",
            ]);

    public ValueTask DisposeAsync()
    {
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }

    internal static async Task<string> DotnetAsync(string[] arguments)
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var process = Process.Start(new ProcessStartInfo("dotnet", arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(cancellation), process.StandardError.ReadToEndAsync(cancellation));
        await process.WaitForExitAsync(cancellation);
        Assert.True(process.ExitCode == 0, await output + await errors);
        return await output;
    }
}
