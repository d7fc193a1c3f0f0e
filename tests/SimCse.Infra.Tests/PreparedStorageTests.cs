using Azure.Storage;
using Azure.Storage.Queues;
using Azure.Storage.Sas;
using SimCse.Jobs.Storage;
using SimCse.Testing;

namespace SimCse.Infra.Tests;

/// <summary>The app's roles let it use queues, not create any: what makes sure that they exist must not fail for that.</summary>
public sealed class PreparedStorageTests(AzuriteFixture azurite)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Containers_and_queues_that_may_not_be_created_are_taken_for_there()
    {
        await JobStorage.Connect(StorageConnection.FromConnectionString(azurite.ConnectionString)).EnsureCreatedAsync(Cancellation);
        var limited = WithoutRightToCreate(azurite.ConnectionString);
        var queue = new QueueClient(limited, StorageNames.PlanQueue);
        Assert.Equal(
            403,
            (
                await Assert.ThrowsAsync<Azure.RequestFailedException>(
                    () => queue.CreateIfNotExistsAsync(cancellationToken: Cancellation))).Status);

        await JobStorage.Connect(StorageConnection.FromConnectionString(limited)).EnsureCreatedAsync(Cancellation);

        Assert.NotNull((await queue.PeekMessageAsync(Cancellation)).GetRawResponse());
    }

    /// <summary>The same account with a signature that reads and processes.</summary>
    private static string WithoutRightToCreate(string connectionString)
    {
        var parts = connectionString.Split(';', StringSplitOptions.RemoveEmptyEntries)
            .Select(part => part.Split('=', 2)).ToDictionary(x => x[0], x => x[1]);
        var signature = new AccountSasBuilder(
            AccountSasPermissions.Read | AccountSasPermissions.List | AccountSasPermissions.Process, DateTimeOffset.UtcNow.AddHours(1),
            AccountSasServices.Blobs | AccountSasServices.Queues, AccountSasResourceTypes.All)
        {
            Protocol = SasProtocol.HttpsAndHttp,
        }.ToSasQueryParameters(new StorageSharedKeyCredential(parts["AccountName"], parts["AccountKey"]));
        return $"BlobEndpoint={parts["BlobEndpoint"]};QueueEndpoint={parts["QueueEndpoint"]};SharedAccessSignature={signature}";
    }
}
