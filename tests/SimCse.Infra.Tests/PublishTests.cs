using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text.Json;
using Azure.Storage.Blobs;
using SimCse.Functions;
using SimCse.Jobs.Storage;
using SimCse.Testing;

namespace SimCse.Infra.Tests;

/// <summary>What <c>dotnet publish</c> leaves, started as the image starts it, with what the image has and nothing of this machine.</summary>
public sealed class PublishTests(AzuriteFixture azurite)
{
    private static readonly string Project = Path.Combine(RepositoryRoot.Path, "src", "SimCse.Functions", "SimCse.Functions.csproj");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_published_app_starts_from_an_empty_environment_and_fetches_its_model()
    {
        using var folder = new TemporaryFolder();
        await PublishAsync(folder["app"]);
        Assert.Equal(
            FunctionFiles.Triggers().Select(trigger => trigger.Function).Order(StringComparer.Ordinal),
            Directory.EnumerateFiles(folder["app"], "function.json", SearchOption.AllDirectories)
                .Select(path => Path.GetFileName(Path.GetDirectoryName(path)!)).Order(StringComparer.Ordinal));

        var bundle = DemoBundle.Ensure();
        await UploadAsync(bundle.Folder, "published");
        var port = FreePort();
        Directory.CreateDirectory(folder["tmp"]);
        var description = FunctionFiles.Host().GetProperty("customHandler").GetProperty("description");
        var start = new ProcessStartInfo(Snapshot.Text(description, "defaultExecutablePath"), description.GetProperty("arguments").EnumerateArray().Select(x => x.GetString()!))
        {
            WorkingDirectory = folder["app"],
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Clear();
        foreach (var (name, value) in ImageEnvironment().Concat(
            [
                new("PATH", Environment.GetEnvironmentVariable("PATH")!), // the image's own, in which `dotnet` is
                new("TMPDIR", folder["tmp"]),
                new("ASPNETCORE_URLS", "http://+:80"), // of the base image, for the host
                new(HandlerPort.Setting, $"{port}"),
                new("AzureWebJobsStorage", azurite.ConnectionString),
                new("Model__Blob", "published"),
                new("Model__Fingerprint", bundle.Fingerprint),
            ]))
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        try
        {
            var (output, errors) = (process.StandardOutput.ReadToEndAsync(Cancellation), process.StandardError.ReadToEndAsync(Cancellation));
            using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
            await Eventually.TrueAsync("the model is ready", () => IsReadyAsync(client, process, errors), Cancellation);
            process.Kill(); // as the host ends it
            Assert.Contains("Fetched the bundle models/published/", await output, StringComparison.Ordinal);
            Assert.True(File.Exists(Path.Combine(folder["tmp"], "simcse-models", bundle.Fingerprint, "bundle.json")));
        }
        finally
        {
            process.Kill();
            await process.WaitForExitAsync(CancellationToken.None);
        }
    }

    /// <summary>Asked of MSBuild: compiling ahead takes half a minute.</summary>
    [Fact]
    public async Task What_is_published_for_Azure_is_compiled_ahead_and_what_is_built_is_not()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && RuntimeInformation.OSArchitecture == Architecture.X64, "Publishing compiles ahead by itself only on Linux on x64; elsewhere the published folder stays portable unless -r is given.");
        Assert.Equal(("true", "linux-x64"), await AheadAsync("-p:_IsPublishing=true"));
        Assert.Equal(("", ""), await AheadAsync());
        Assert.Equal(("", ""), await AheadAsync("-p:_IsPublishing=true", "-p:NoBuild=true"));

        static async Task<(string, string)> AheadAsync(params string[] properties)
        {
            var json = await DotnetAsync(
                ["msbuild", Project, "-p:Configuration=Release", "-getProperty:PublishReadyToRun,RuntimeIdentifier", "-nodeReuse:false", .. properties]);
            using var values = JsonDocument.Parse(json);
            var found = values.RootElement.GetProperty("Properties");
            return (found.GetProperty("PublishReadyToRun").GetString()!, found.GetProperty("RuntimeIdentifier").GetString()!);
        }
    }

    private static async Task<bool> IsReadyAsync(HttpClient client, Process process, Task<string> errors)
    {
        Assert.False(process.HasExited, process.HasExited ? await errors : "");
        try
        {
            return (await client.GetAsync(new Uri("/health/ready", UriKind.Relative), Cancellation)).StatusCode == HttpStatusCode.OK;
        }
        catch (HttpRequestException e) when (e.InnerException is SocketException)
        {
            return false;
        }
    }

    /// <summary>Of the configuration that the tests run in; the image's own build also compiles ahead.</summary>
    private static async Task PublishAsync(string folder)
    {
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
        await DotnetAsync(["publish", Project, "--no-build", "-c", configuration, "-o", folder, "-nodeReuse:false"]);
    }

    private static async Task<string> DotnetAsync(string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("dotnet", arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(Cancellation), process.StandardError.ReadToEndAsync(Cancellation));
        await process.WaitForExitAsync(Cancellation);
        Assert.True(process.ExitCode == 0, await output + await errors);
        return await output;
    }

    private async Task UploadAsync(string folder, string prefix)
    {
        var models = new BlobContainerClient(azurite.ConnectionString, StorageNames.Models, new BlobClientOptions());
        await models.CreateIfNotExistsAsync(cancellationToken: Cancellation);
        foreach (var file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
        {
            await models.GetBlobClient($"{prefix}/{Path.GetRelativePath(folder, file)}").UploadAsync(file, overwrite: true, Cancellation);
        }
    }

    private static IEnumerable<KeyValuePair<string, string>> ImageEnvironment() => Dockerfile.Read("Dockerfile")[^1].Instructions
        .Where(instruction => instruction.Name == "ENV")
        .SelectMany(instruction => instruction.Arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        .Select(pair => pair.Split('=', 2))
        .Select(pair => KeyValuePair.Create(pair[0], pair[1]));

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
