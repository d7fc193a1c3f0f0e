using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Logging;
using SimCse.Testing;

namespace SimCse.Functions.Tests;

/// <summary>Clients that do not read the answer that is streamed to them.</summary>
public sealed class SlowReaderTests(AppFixture app)
{
    private const int Chunk = 1 << 16;

    /// <summary>Longer than any limit would be that did not allow for the bytes that are on their way.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(6);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task One_that_stops_reading_ends_its_function_and_nothing_else()
    {
        await using var own = await StartAsync();
        var worker = Process.GetProcessById(Assert.Single(own.Host.Workers).ProcessId);
        Assert.Equal(HttpStatusCode.OK, await EmbedAsync(own));
        worker.Refresh();
        var before = worker.WorkingSet64;

        // 1. An answer of some 80 MB begins, and its client reads the head only.
        using var client = await AskAsync(own, texts: 40, characters: 30_000, receiveBuffer: 1 << 12);
        Assert.StartsWith("HTTP/1.1 200", await ReadHeadAsync(client), StringComparison.Ordinal);

        // 2. Others are answered meanwhile; then the function ends, long before its time is up.
        Assert.Equal(HttpStatusCode.OK, await EmbedAsync(own));
        var end = await Eventually.GetAsync(
            "the function has ended",
            () => Task.FromResult(own.Logs.Lines.FirstOrDefault(
                line => line.Message.StartsWith("Executed 'Functions.Tokenize'", StringComparison.Ordinal))), Cancellation);
        Assert.Equal(LogLevel.Information, end.Level);
        Assert.Contains("(Cancelled", end.Message, StringComparison.Ordinal);

        // 3. The same worker goes on, no larger for what was not read, and the connection is broken.
        worker.Refresh();
        Assert.InRange(worker.WorkingSet64 - before, long.MinValue, 150L << 20);
        Assert.False(worker.HasExited);
        Assert.Equal(HttpStatusCode.OK, await EmbedAsync(own));
        Assert.Equal(worker.Id, Assert.Single(own.Host.Workers).ProcessId);
        Assert.DoesNotContain(own.Logs.Lines, line => line.Level >= LogLevel.Error);
        await Assert.ThrowsAnyAsync<IOException>(() => ReadAllAsync(client, TimeSpan.Zero));
    }

    [Fact]
    public async Task One_that_is_slow_but_reads_on_gets_everything()
    {
        await using var own = await StartAsync();
        using var client = await AskAsync(own, texts: 16, characters: 10_000);
        await Task.Delay(Pause, Cancellation);

        var answer = await ReadAllAsync(client, TimeSpan.FromMilliseconds(10));

        Assert.StartsWith("HTTP/1.1 200", answer, StringComparison.Ordinal);
        Assert.EndsWith("]]\r\n0\r\n\r\n", answer, StringComparison.Ordinal);
        Assert.True(answer.Length > 50 * Chunk, $"{answer.Length} bytes are too few to be slow");
    }

    /// <summary>With the limits of a normal app, since a small answer would fit into the buffers on its way.</summary>
    private async Task<RunningApp> StartAsync()
    {
        var own = await RunningApp.StartAsync(
            new Dictionary<string, string> { ["AzureWebJobsStorage"] = app.ConnectionString, ["Model__Bundle"] = app.Bundle.Folder });
        await own.ReadyAsync();
        return own;
    }

    private static async Task<HttpStatusCode> EmbedAsync(RunningApp own) =>
        (await own.Client.PostReplyAsync("/embed", """{"inputs": "猫"}""")).Status;

    private static async Task<TcpClient> AskAsync(RunningApp own, int texts, int characters, int? receiveBuffer = null)
    {
        var text = string.Concat(Enumerable.Repeat("猫", characters));
        var body = Encoding.UTF8.GetBytes($$"""{"inputs": [{{string.Join(',', Enumerable.Repeat($"\"{text}\"", texts))}}]}""");
        Assert.InRange(body.Length, 0, 4 << 20);
        var client = new TcpClient();
        client.ReceiveBufferSize = receiveBuffer ?? client.ReceiveBufferSize;
        await client.ConnectAsync(IPAddress.Loopback, own.Host.BaseAddress.Port, Cancellation);
        var head = $"POST /tokenize HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {body.Length}\r\n\r\n";
        await client.GetStream().WriteAsync((byte[])[.. Encoding.ASCII.GetBytes(head), .. body], Cancellation);
        return client;
    }

    private static async Task<string> ReadHeadAsync(TcpClient client)
    {
        var head = new byte[100];
        await client.GetStream().ReadExactlyAsync(head, Cancellation);
        return Encoding.UTF8.GetString(head);
    }

    private static async Task<string> ReadAllAsync(TcpClient client, TimeSpan pause)
    {
        using var all = new MemoryStream();
        var chunk = new byte[Chunk];
        for (int read; (read = await client.GetStream().ReadAsync(chunk, Cancellation)) > 0;)
        {
            all.Write(chunk, 0, read);
            if (pause > TimeSpan.Zero)
            {
                await Task.Delay(pause, Cancellation); // the client's pace, not a wait for something
            }
        }

        return Encoding.UTF8.GetString(all.ToArray());
    }
}
