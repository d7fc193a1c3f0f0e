using System.Net;
using System.Net.Sockets;
using Azure.Storage.Blobs;
using Azure.Storage.Queues;
using SimCse.LocalHost.Azurite;
using SimCse.Testing;

namespace SimCse.LocalHost.Tests;

public sealed class AzuriteServerTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Serves_blobs_and_queues_at_its_connection_string()
    {
        await using var azurite = await AzuriteServer.StartAsync(cancellationToken: Cancellation);

        var container = await new BlobServiceClient(azurite.ConnectionString).CreateBlobContainerAsync(
            "texts", cancellationToken: Cancellation);
        await container.Value.UploadBlobAsync("猫.txt", BinaryData.FromString("吾輩は猫である。"), Cancellation);
        var queue = await new QueueServiceClient(azurite.ConnectionString).CreateQueueAsync("plan", cancellationToken: Cancellation);
        await queue.Value.SendMessageAsync("{}", Cancellation);

        Assert.Equal(
            "吾輩は猫である。", (await container.Value.GetBlobClient("猫.txt").DownloadContentAsync(Cancellation)).Value.Content.ToString());
        Assert.Equal("{}", (await queue.Value.ReceiveMessageAsync(cancellationToken: Cancellation)).Value.Body.ToString());
        Assert.True(await AzuriteServer.AnswersAsync(azurite.ConnectionString, Cancellation));
    }

    [Fact]
    public async Task Two_servers_do_not_share_ports_or_data()
    {
        await using var one = await AzuriteServer.StartAsync(cancellationToken: Cancellation);
        await using var other = await AzuriteServer.StartAsync(cancellationToken: Cancellation);

        await new BlobServiceClient(one.ConnectionString).CreateBlobContainerAsync("texts", cancellationToken: Cancellation);

        Assert.False((await new BlobContainerClient(other.ConnectionString, "texts").ExistsAsync(Cancellation)).Value);
    }

    [Fact]
    public async Task Data_in_a_folder_outlives_the_server_and_nothing_answers_once_it_is_disposed()
    {
        using var folder = new TemporaryFolder();
        var options = new AzuriteOptions { DataFolder = folder["data"] };
        string stopped;
        await using (var first = await AzuriteServer.StartAsync(options, Cancellation))
        {
            stopped = first.ConnectionString;
            await new BlobServiceClient(stopped).CreateBlobContainerAsync("texts", cancellationToken: Cancellation);
        }

        Assert.False(await AzuriteServer.AnswersAsync(stopped, Cancellation));
        await using var second = await AzuriteServer.StartAsync(options, Cancellation);
        Assert.True((await new BlobContainerClient(second.ConnectionString, "texts").ExistsAsync(Cancellation)).Value);
    }

    [Fact]
    public async Task Connections_that_never_carried_a_request_do_not_keep_it()
    {
        using var logs = new CapturedLogs();
        using var idle = new TcpClient();
        await using (var azurite = await AzuriteServer.StartAsync(new() { LoggerFactory = logs }, Cancellation))
        {
            await idle.ConnectAsync(IPAddress.Loopback, new BlobServiceClient(azurite.ConnectionString).Uri.Port, Cancellation);
        }

        Assert.DoesNotContain(logs.Lines, line => line.Message.Contains("still ran", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Says_how_it_ended_and_what_it_wrote_when_the_port_is_taken()
    {
        await using var azurite = await AzuriteServer.StartAsync(cancellationToken: Cancellation);
        var taken = new BlobServiceClient(azurite.ConnectionString).Uri.Port;

        var error = await Assert.ThrowsAsync<LocalHostException>(() => AzuriteServer.StartAsync(new() { BlobPort = taken }, Cancellation));

        Assert.Contains("ended with exit code 1", error.Message, StringComparison.Ordinal);
        Assert.Contains("EADDRINUSE", error.Message, StringComparison.Ordinal);
    }
}
