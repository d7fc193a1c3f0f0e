using System.Security.Cryptography;
using Microsoft.Extensions.Logging;

namespace SimCse.LocalHost.Azurite;

/// <summary>
/// Installs npm's azurite, pinned by the lock file in this assembly, once for a user. The folder's name holds the hash of the lock file
/// and its siblings, so that another version goes beside it; a folder that exists is complete, because it is renamed into place at the end.
/// </summary>
internal sealed class AzuriteInstallation(AzuriteOptions options, ILogger logger)
{
    private const string ResourcePrefix = "Azurite/";
    private const string Launcher = "until-stdin-closes.cjs";

    private static readonly string[] ResourceNames =
        [.. typeof(AzuriteInstallation).Assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(ResourcePrefix, StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)];

    /// <summary>Gives the scripts to run with Node.js: the launcher, then Azurite. Installs first when nobody has yet.</summary>
    /// <exception cref="LocalHostException">Node.js or npm is missing or too old, or npm failed.</exception>
    public async Task<(string Launcher, string Azurite)> EnsureAsync(CancellationToken cancellationToken)
    {
        await NodeProgram.CheckAsync(options.Node, cancellationToken);
        var cache = options.CacheFolder ?? DefaultCacheFolder();
        var folder = Path.Combine(cache, $"azurite-{ResourceHash()}");
        if (!Directory.Exists(folder))
        {
            Directory.CreateDirectory(cache);
            using var held = await CrossProcessLock.AcquireAsync(folder + ".lock", cancellationToken);
            if (!Directory.Exists(folder))
            {
                await InstallAsync(folder, cancellationToken);
            }
        }

        return (Path.Combine(folder, Launcher), Path.Combine(folder, "node_modules", "azurite", "dist", "src", "azurite.js"));
    }

    private async Task InstallAsync(string folder, CancellationToken cancellationToken)
    {
        Log.AzuriteInstalling(logger, folder);
        // The lock is held, so whatever stands here was left by an installation that was killed.
        var unfinished = folder + ".installing";
        if (Directory.Exists(unfinished))
        {
            Directory.Delete(unfinished, recursive: true);
        }

        Directory.CreateDirectory(unfinished);
        foreach (var name in ResourceNames)
        {
            await using var file = File.Create(Path.Combine(unfinished, name[ResourcePrefix.Length..]));
            await using var resource = OpenResource(name);
            await resource.CopyToAsync(file, cancellationToken);
        }

        await NodeProgram.InstallPackagesAsync(options.Npm, unfinished, cancellationToken);
        Directory.Move(unfinished, folder);
        Log.AzuriteInstalled(logger);
    }

    private static string DefaultCacheFolder()
    {
        var data = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify);
        return Path.Combine(data.Length > 0 ? data : Path.GetTempPath(), "simcse");
    }

    private static string ResourceHash()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var name in ResourceNames)
        {
            using var resource = OpenResource(name);
            hash.AppendData(SHA256.HashData(resource));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset())[..16];
    }

    private static Stream OpenResource(string name)
        => typeof(AzuriteInstallation).Assembly.GetManifestResourceStream(name)
           ?? throw new InvalidOperationException(
               $"The resource {name} is missing from {typeof(AzuriteInstallation).Assembly.GetName().Name}.");
}
