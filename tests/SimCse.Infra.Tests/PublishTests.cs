using System.Net;
using System.Runtime.InteropServices;
using System.Text.Json;
using Azure.Storage.Blobs;
using SimCse.Jobs.Storage;
using SimCse.LocalHost;
using SimCse.Testing;

namespace SimCse.Infra.Tests;

/// <summary>What <c>dotnet publish</c> leaves is all that the image and the package hold.</summary>
public sealed class PublishTests(AzuriteFixture azurite, PublishedApp app) : IClassFixture<PublishedApp>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void The_published_folder_is_an_isolated_app()
    {
        Assert.Equal(
            FunctionFiles.Triggers().Select(trigger => $"{trigger.Function} {trigger.Binding}").Order(StringComparer.Ordinal),
            FunctionFiles.Triggers(app.Folder).Select(trigger => $"{trigger.Function} {trigger.Binding}").Order(StringComparer.Ordinal));
        Assert.Equal(FunctionFiles.Host().GetRawText(), FunctionFiles.Read(app.Folder, "host.json").GetRawText());

        var worker = FunctionFiles.Read(app.Folder, "worker.config.json").GetProperty("description");
        // a zip needs no executable bit
        Assert.Equal(
            ("dotnet", FunctionFiles.Runtime()), (Snapshot.Text(worker, "defaultExecutablePath"), Snapshot.Text(worker, "language")));
        Assert.True(File.Exists(Path.Combine(app.Folder, Snapshot.Text(worker, "defaultWorkerPath"))), worker.ToString());
        Assert.False(File.Exists(Path.Combine(app.Folder, "local.settings.json")), "Settings of a developer's machine were published.");
    }

    /// <summary>
    /// Of the triggers in use, HTTP, timer and warm-up are the host's own; queues are an extension that it loads from the app.
    /// </summary>
    [Fact]
    public void The_published_folder_brings_the_extensions_that_the_host_loads()
    {
        var extensions = FunctionFiles.Read(app.Folder, "extensions.json").GetProperty("extensions").EnumerateArray().ToList();

        Assert.Contains("AzureStorageQueues", extensions.Select(extension => Snapshot.Text(extension, "name")));
        Assert.All(extensions, extension =>
        {
            var hint = Snapshot.Text(extension, "hintPath");
            Assert.StartsWith("./.azurefunctions/", hint, StringComparison.Ordinal);
            Assert.True(File.Exists(Path.Combine(app.Folder, hint)), hint);
        });
        Assert.True(File.Exists(Path.Combine(app.Folder, ".azurefunctions", "function.deps.json")));
    }

    [Fact]
    public async Task The_published_app_starts_with_the_images_settings_and_fetches_its_model()
    {
        using var folder = new TemporaryFolder();
        using var log = new CapturedLogs();
        var bundle = DemoBundle.Ensure();
        await UploadAsync(bundle.Folder, "published");
        var options = new FunctionsHostOptions
        {
            AppRoot = app.Folder,
            Settings = new Dictionary<string, string>(Dockerfile.EnvironmentOf(Dockerfile.Read("Dockerfile")[^1]))
            {
                ["TMPDIR"] = folder.Path,
                ["ASPNETCORE_URLS"] = "http://+:80", // of the base image, for the host
                ["AzureWebJobsStorage"] = azurite.ConnectionString,
                ["Model__Blob"] = "published",
                ["Model__Bundle"] = "",
                ["Model__Fingerprint"] = bundle.Model.Fingerprint,
            },
            Listen = false,
            BlobEvents = false,
            LoggerFactory = log,
        };
        try
        {
            await using var host = await FunctionsHost.StartAsync(options, Cancellation);
            using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = host.BaseAddress };
            await Eventually.TrueAsync("the model is ready", async () => await IsReadyAsync(client, host), Cancellation);
        }
        catch (Exception e) when (e is LocalHostException or TimeoutException)
        {
            Assert.Fail($"{e.Message}{Environment.NewLine}{Said(log)}");
        }

        Assert.True(File.Exists(Path.Combine(folder.Path, "simcse-models", bundle.Model.Fingerprint, "bundle.json")), Said(log));
    }

    /// <summary>Asked of MSBuild: compiling ahead takes half a minute.</summary>
    [Fact]
    public async Task What_is_published_for_Azure_is_compiled_ahead_and_what_is_built_is_not()
    {
        Assert.SkipUnless(
            OperatingSystem.IsLinux() && RuntimeInformation.OSArchitecture == Architecture.X64,
            "Publishing compiles ahead by itself only on Linux on x64; elsewhere the published folder stays portable unless -r is given.");
        Assert.Equal(("true", "linux-x64", "false"), await AheadAsync("-p:_IsPublishing=true"));
        Assert.Equal(("", "", "false"), await AheadAsync());
        Assert.Equal(("", "", "false"), await AheadAsync("-p:_IsPublishing=true", "-p:NoBuild=true"));

        static async Task<(string, string, string)> AheadAsync(params string[] properties)
        {
            var json = await PublishedApp.DotnetAsync(
                [
                    "msbuild", PublishedApp.Project, "-p:Configuration=Release",
                    "-getProperty:PublishReadyToRun,RuntimeIdentifier,SelfContained", "-nodeReuse:false", .. properties,
                ]);
            using var values = JsonDocument.Parse(json);
            var found = values.RootElement.GetProperty("Properties");
            return (
                Snapshot.Text(found, "PublishReadyToRun"), Snapshot.Text(found, "RuntimeIdentifier"),
                Snapshot.Text(found, "SelfContained"));
        }
    }

    /// <summary>A host that has given up faults, and the test with it.</summary>
    private static string Said(CapturedLogs log) => string.Join(Environment.NewLine, log.Lines);

    private static async Task<bool> IsReadyAsync(HttpClient client, FunctionsHost host)
    {
        if (host.Completion.IsCompleted)
        {
            await host.Completion;
        }

        using var answer = await client.GetAsync(new Uri("/health/ready", UriKind.Relative), Cancellation);
        return answer.StatusCode == HttpStatusCode.OK;
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
}
