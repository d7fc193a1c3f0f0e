using System.Diagnostics;
using Azure;
using Azure.Identity;
using Azure.Storage.Blobs;
using SimCse.Inference;

namespace SimCse.Functions.Model;

/// <summary>
/// Downloads a bundle from the container <c>models</c> to this machine's disk: first <c>bundle.json</c>, then the files that it lists.
/// Opening it then checks the size and SHA-256 of each file. A bundle that is already here, under its fingerprint, is only opened.
/// </summary>
/// <param name="models">The container <c>models</c>.</param>
/// <param name="prefix">The bundle's folder in the container.</param>
/// <param name="cache">The folder for bundles; each is in a subfolder named by its fingerprint.</param>
/// <param name="delays">The pauses before further attempts, since roles take minutes to reach a new identity.</param>
/// <param name="logger">The logger for attempts and the result.</param>
internal sealed class BundleDownload(
    BlobContainerClient models, string prefix, string cache, IReadOnlyList<TimeSpan> delays, ILogger logger)
{
    private const int NotFound = 404;
    private const int FingerprintLength = 64;
    private const int FilesAtOnce = 4;

    /// <summary>The default delays, ten minutes in all.</summary>
    public static readonly IReadOnlyList<TimeSpan> DefaultDelays =
        [.. new[] { 2, 4, 8, 16, 30, 60, 60, 60, 60, 60, 60, 60, 60, 60 }.Select(seconds => TimeSpan.FromSeconds(seconds))];

    private readonly string _prefix = prefix.Trim('/');

    /// <exception cref="FileNotFoundException">There is no bundle under the prefix, or one of its files is missing.</exception>
    /// <exception cref="InvalidDataException">The blobs are not a bundle, or a file differs from what <c>bundle.json</c> lists.</exception>
    public async Task<Bundle> OpenAsync(CancellationToken cancellationToken)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                return await TryOpenAsync(cancellationToken);
            }
            catch (Exception e) when (attempt < delays.Count && IsPassing(e))
            {
                Log.ModelNotFetched(logger, Name(""), e.Message.Split('\n')[0], delays[attempt].TotalSeconds);
                await Task.Delay(delays[attempt], cancellationToken);
            }
        }
    }

    private static bool IsPassing(Exception e) =>
        e is RequestFailedException or AuthenticationFailedException or AggregateException or (IOException and not FileNotFoundException);

    private async Task<Bundle> TryOpenAsync(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(cache);
        var staging = Path.Combine(cache, $"{Guid.NewGuid():N}.partial");
        Directory.CreateDirectory(staging);
        try
        {
            await DownloadAsync(BundleManifest.FileName, staging, cancellationToken);
            var manifest = Bundle.ReadManifest(Path.Combine(staging, BundleManifest.FileName));
            var folder = Folder(manifest);
            if (!Directory.Exists(folder))
            {
                await DownloadFilesAsync(manifest, staging, cancellationToken);
                TryMove(staging, folder);
            }

            return Open(folder);
        }
        finally
        {
            if (Directory.Exists(staging))
            {
                Directory.Delete(staging, recursive: true);
            }
        }
    }

    private string Folder(BundleManifest manifest) =>
        manifest.Fingerprint.Length == FingerprintLength && manifest.Fingerprint.All(char.IsAsciiHexDigitLower)
            ? Path.Combine(cache, manifest.Fingerprint)
            : throw new InvalidDataException(
                $"{Name(BundleManifest.FileName)} says fingerprint '{manifest.Fingerprint}'; expected a SHA-256.");

    private async Task DownloadFilesAsync(BundleManifest manifest, string staging, CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        var options = new ParallelOptions { MaxDegreeOfParallelism = FilesAtOnce, CancellationToken = cancellationToken };
        var files = manifest.Files.Where(file => manifest.IsCovered(file.Key)).ToArray(); // files for other runtimes are not needed
        await Parallel.ForEachAsync(files, options, async (file, cancellation) => await DownloadAsync(file.Key, staging, cancellation));
        Log.ModelFetched(logger, Name(""), files.Length, files.Sum(file => file.Value.Bytes) / 1e6, watch.Elapsed.TotalSeconds);
    }

    private async Task DownloadAsync(string name, string staging, CancellationToken cancellationToken)
    {
        var path = Path.GetFullPath(Path.Combine(staging, name));
        if (!path.StartsWith(Path.GetFullPath(staging) + Path.DirectorySeparatorChar, StringComparison.Ordinal))
        {
            throw new InvalidDataException($"{Name(BundleManifest.FileName)} lists the file '{name}'; expected one inside the bundle.");
        }

        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        try
        {
            await models.GetBlobClient($"{_prefix}/{name}").DownloadToAsync(path, cancellationToken);
        }
        catch (RequestFailedException e) when (e.Status == NotFound)
        {
            throw new FileNotFoundException(
                $"The blob {Name(name)} is missing; Model__Blob expects a whole bundle there. " +
                $"`az storage blob upload-batch --auth-mode login --account-name {models.AccountName} -d {models.Name}/{_prefix} -s " +
                "BUNDLE` puts one there.",
                e);
        }
    }

    /// <summary>Moves the copy into place, unless another process of this machine was faster: its copy is as good.</summary>
    private static void TryMove(string staging, string folder)
    {
        try
        {
            Directory.Move(staging, folder);
        }
        catch (IOException) when (Directory.Exists(folder))
        {
        }
    }

    /// <summary>A copy that does not match its fingerprint is useless for the next start too.</summary>
    private static Bundle Open(string folder)
    {
        try
        {
            return Bundle.Open(folder);
        }
        catch (Exception e) when (e is InvalidDataException or FileNotFoundException)
        {
            Directory.Delete(folder, recursive: true);
            throw;
        }
    }

    private string Name(string file) => $"{models.Name}/{_prefix}/{file}";
}
