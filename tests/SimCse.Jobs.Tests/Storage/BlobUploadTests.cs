using SimCse.Jobs.Storage;
using SimCse.Testing;

namespace SimCse.Jobs.Tests.Storage;

[Collection(nameof(JobRig))] // whose tests empty the containers
public sealed class BlobUploadTests(AzuriteFixture azurite)
{
    private const int BlockBytes = 1_024;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Two deliveries of one shard: both have sent all their blocks but the last before either commits.</summary>
    [Fact]
    public async Task Of_two_uploads_of_a_blob_at_once_the_first_to_commit_is_there_whole_and_the_other_is_dropped()
    {
        var storage = JobStorage.Connect(StorageConnection.FromConnectionString(azurite.ConnectionString));
        await storage.EnsureCreatedAsync(Cancellation);
        var name = $"{Guid.NewGuid():N}/part";
        await using var first = new BlobUpload(storage.Embeddings, name, BlockBytes);
        await using var second = new BlobUpload(storage.Embeddings, name, BlockBytes);
        var (ones, twos) = (Content(1), Content(2));
        await first.WriteAsync(ones, Cancellation);
        await second.WriteAsync(twos, Cancellation);

        Assert.Equal((true, false), (await first.TryCommitAsync(null, Cancellation), await second.TryCommitAsync(null, Cancellation)));

        Assert.Equal(ones, (await storage.Embeddings.GetBlobClient(name).DownloadContentAsync(Cancellation)).Value.Content.ToArray());
    }

    private static byte[] Content(byte value) => [.. Enumerable.Repeat(value, 5 * BlockBytes)];
}
