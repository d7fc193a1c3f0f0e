using SimCse.Jobs.Storage;

namespace SimCse.Jobs.Tests.Storage;

public sealed class StorageConnectionTests
{
    [Fact]
    public void A_connection_string_goes_before_an_account()
    {
        var connection = From(("AzureWebJobsStorage", "UseDevelopmentStorage=true"), ("AzureWebJobsStorage__accountName", "account"));

        Assert.Equal(("UseDevelopmentStorage=true", null), (connection.ConnectionString, connection.BlobServiceUri));
    }

    [Fact]
    public void An_account_is_reached_by_identity_at_its_two_services()
    {
        var connection = From(("AzureWebJobsStorage__accountName", "account"), ("AzureWebJobsStorage__clientId", "client"));

        Assert.Null(connection.ConnectionString);
        Assert.Equal("https://account.blob.core.windows.net/", connection.BlobServiceUri!.AbsoluteUri);
        Assert.Equal("https://account.queue.core.windows.net/", connection.QueueServiceUri!.AbsoluteUri);
        Assert.Equal("client", connection.ClientId);
    }

    [Fact]
    public void Services_may_be_named_one_by_one()
    {
        var connection = From(
            ("AzureWebJobsStorage__blobServiceUri", "https://blobs.example/"),
            ("AzureWebJobsStorage__queueServiceUri", "https://queues.example/"));

        Assert.Equal(
            ("https://blobs.example/", "https://queues.example/"),
            (connection.BlobServiceUri!.AbsoluteUri, connection.QueueServiceUri!.AbsoluteUri));
    }

    [Fact]
    public void Without_any_of_them_the_error_says_what_to_set()
    {
        var message = Assert.Throws<InvalidOperationException>(() => From()).Message;

        Assert.Contains("AzureWebJobsStorage__accountName", message, StringComparison.Ordinal);
        Assert.Contains("UseDevelopmentStorage=true", message, StringComparison.Ordinal);
    }

    private static StorageConnection From(params (string Name, string Value)[] settings) =>
        StorageConnection.FromSettings(name => settings.FirstOrDefault(setting => setting.Name == name).Value);
}
