using Azure.Storage.Blobs;
using Azure.Storage.Sas;
using Microsoft.Extensions.Logging.Abstractions;
using SimCse.Functions.Model;
using SimCse.Jobs.Storage;
using SimCse.Testing;

namespace SimCse.Functions.Tests;

/// <summary>A bundle in the container <c>models</c> comes to this machine whole, or not at all.</summary>
public sealed class BundleDownloadTests(AppFixture app)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_bundle_is_fetched_once_and_opened_from_the_disk_after_that()
    {
        using var folder = new TemporaryFolder();
        var models = await UploadAsync("whole");

        var fetched = await Download(models, "whole", folder).OpenAsync(Cancellation);
        Assert.Equal(app.Bundle.Model.Fingerprint, fetched.Model.Fingerprint);
        Assert.Equal(folder[app.Bundle.Model.Fingerprint], fetched.Folder);
        Assert.Equal([folder[app.Bundle.Model.Fingerprint]], Directory.EnumerateFileSystemEntries(folder.Path));

        // Only bundle.json is asked for again: nothing else is there any more.
        foreach (var name in app.Bundle.Manifest.Files.Keys)
        {
            await models.GetBlobClient($"whole/{name}").DeleteAsync(cancellationToken: Cancellation);
        }

        Assert.Equal(app.Bundle.Model.Fingerprint, (await Download(models, "/whole/", folder).OpenAsync(Cancellation)).Model.Fingerprint);
    }

    [Fact]
    public async Task A_missing_bundle_or_file_is_named_with_the_way_to_put_it_there()
    {
        using var folder = new TemporaryFolder();
        var models = await UploadAsync("part");
        var name = app.Bundle.Manifest.Files.Keys.First();
        await models.GetBlobClient($"part/{name}").DeleteAsync(cancellationToken: Cancellation);

        var file = await Assert.ThrowsAsync<FileNotFoundException>(() => Download(models, "part", folder).OpenAsync(Cancellation));
        Assert.Contains($"models/part/{name} is missing", file.Message, StringComparison.Ordinal);
        var bundle = await Assert.ThrowsAsync<FileNotFoundException>(() => Download(models, "none", folder).OpenAsync(Cancellation));
        Assert.Contains("az storage blob upload-batch", bundle.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Path));
    }

    [Fact]
    public async Task A_file_that_was_changed_is_refused_and_not_kept()
    {
        using var folder = new TemporaryFolder();
        var models = await UploadAsync("changed");
        var graph = models.GetBlobClient($"changed/{app.Bundle.Manifest.Graph}");
        var bytes = (await graph.DownloadContentAsync(Cancellation)).Value.Content.ToArray();
        bytes[^1] ^= 1;
        await graph.UploadAsync(new BinaryData(bytes), overwrite: true, Cancellation);

        var e = await Assert.ThrowsAsync<InvalidDataException>(() => Download(models, "changed", folder).OpenAsync(Cancellation));
        Assert.Contains("SHA-256", e.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Path));
    }

    [Theory]
    [InlineData("../escaped")]
    [InlineData("/tmp/escaped")]
    public async Task A_file_outside_of_the_bundle_is_refused(string name)
    {
        using var folder = new TemporaryFolder();
        var models = await UploadAsync("escape");
        var manifest = (await models.GetBlobClient("escape/bundle.json").DownloadContentAsync(Cancellation)).Value.Content.ToString();
        manifest = manifest.Replace($"\"{app.Bundle.Manifest.Files.Keys.First()}\": {{", $"\"{name}\": {{", StringComparison.Ordinal);
        await models.GetBlobClient("escape/bundle.json").UploadAsync(new BinaryData(manifest), overwrite: true, Cancellation);

        var e = await Assert.ThrowsAsync<InvalidDataException>(() => Download(models, "escape", folder).OpenAsync(Cancellation));
        Assert.Contains($"'{name}'; expected one inside the bundle", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_role_that_has_not_arrived_yet_is_waited_for()
    {
        using var folder = new TemporaryFolder();
        var models = await UploadAsync("later");
        var refused = new BlobContainerClient(
            models.GenerateSasUri(BlobContainerSasPermissions.Create, DateTimeOffset.UtcNow.AddHours(1))); // may write, not read
        var pauses = 0;

        await Assert.ThrowsAsync<Azure.RequestFailedException>(
            () => new BundleDownload(
                refused, "later", folder.Path, new CountedDelays(3, () => pauses++), NullLogger.Instance).OpenAsync(Cancellation));
        Assert.Equal(3, pauses / 2); // each pause is read twice: for the log and for the wait
    }

    [Fact]
    public void Roles_have_ten_minutes_to_arrive() => Assert.InRange(BundleDownload.DefaultDelays.Sum(delay => delay.TotalMinutes), 9, 11);

    [Fact]
    public void Pauses_grow_to_a_minute_and_stay_there()
    {
        var growing = BundleDownload.DefaultDelays.TakeWhile(delay => delay < TimeSpan.FromMinutes(1)).ToList();
        Assert.Equal(growing.Order().Distinct(), growing);
        Assert.All(BundleDownload.DefaultDelays.Skip(growing.Count), delay => Assert.Equal(TimeSpan.FromMinutes(1), delay));
    }

    private static BundleDownload Download(BlobContainerClient models, string prefix, TemporaryFolder folder) =>
        new(models, prefix, folder.Path, [], NullLogger.Instance);

    private async Task<BlobContainerClient> UploadAsync(string prefix)
    {
        var models = new BlobContainerClient(app.Settings["AzureWebJobsStorage"], StorageNames.Models);
        await models.CreateIfNotExistsAsync(cancellationToken: Cancellation);
        foreach (var file in Directory.EnumerateFiles(app.Bundle.Folder, "*", SearchOption.AllDirectories))
        {
            await models.GetBlobClient($"{prefix}/{Path.GetRelativePath(app.Bundle.Folder, file)}")
                .UploadAsync(file, overwrite: true, Cancellation);
        }

        return models;
    }

    /// <summary>Pauses of no length that say when they are taken.</summary>
    private sealed class CountedDelays(int count, Action taken) : IReadOnlyList<TimeSpan>
    {
        public int Count => count;

        public TimeSpan this[int index]
        {
            get
            {
                taken();
                return TimeSpan.Zero;
            }
        }

        public IEnumerator<TimeSpan> GetEnumerator() => Enumerable.Repeat(TimeSpan.Zero, count).GetEnumerator();

        System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
