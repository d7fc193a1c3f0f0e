using System.Net.Sockets;
using Azure;
using Azure.Storage.Blobs;
using SimCse.Cli.CommandLine;
using SimCse.Jobs.Sources;
using SimCse.Testing;

namespace SimCse.Cli.Tests;

/// <summary>What the runtime and the SDK say is put into other words; what this project says is not.</summary>
public sealed class ErrorSentenceTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public Task A_missing_file() => SaysAsync(
        () => File.ReadAllTextAsync(_folder["absent.txt"]), $"'{_folder["absent.txt"]}' cannot be used: no such file.");

    [Fact]
    public Task A_missing_folder() => SaysAsync(
        () => File.WriteAllTextAsync(_folder["absent/a.txt"], ""), $"'{_folder["absent/a.txt"]}' cannot be used: no such folder.");

    [Fact]
    public Task A_folder_in_place_of_a_file() => SaysAsync(
        () => File.ReadAllTextAsync(_folder.Path), $"'{_folder.Path}' cannot be used: permission denied.");

    [Fact]
    public Task A_name_that_is_too_long() => SaysAsync(
        () => File.WriteAllTextAsync(_folder[new string('a', 300)], ""),
        $"'{_folder[new string('a', 300)]}' cannot be used: the name is too long.");

    [Fact]
    public Task A_full_disk()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "Only Linux has /dev/full, a full disk to whoever writes to it; CI runs there.");
        return SaysAsync(() => File.WriteAllTextAsync("/dev/full", "x"), "'/dev/full' cannot be used: the disk is full.");
    }

    [Fact]
    public async Task A_server_that_is_not_there()
    {
        using var http = new HttpClient();
        await SaysAsync(
            () => http.GetAsync(new Uri($"http://127.0.0.1:{FreePort.Find()}/")), "The network request failed: nothing listens there.");
    }

    [Fact]
    public async Task Storage_that_is_not_there() => await SaysAsync(
        () => new BlobClient(
            new Uri($"http://127.0.0.1:{FreePort.Find()}/a/b/c"), new BlobClientOptions { Retry = { MaxRetries = 0 } }).ExistsAsync(),
        "Storage does not answer (nothing listens there): check the connection string and the network.");

    [Fact]
    public Task A_refusal_by_storage() => SaysAsync(
        () => throw new RequestFailedException(403, "Server failed.\nHeaders: many", "AuthorizationFailure", null),
        "Storage refuses access (AuthorizationFailure): check the connection string, or the roles of the identity.");

    [Fact]
    public void A_connection_that_breaks() => Assert.Equal(
        "the connection was broken off",
        SystemError.Describe(new IOException("Unable to read", new SocketException((int)SocketError.ConnectionReset))));

    [Fact]
    public Task A_sentence_of_this_project_whatever_its_type() => SaysAsync(
        () => SourceName.Check("../a"), "'../a' can be no source's name", isWhole: false);

    [Fact]
    public Task A_fault_of_this_project() => SaysAsync(
        () => _ = Array.Empty<int>().First(), "Unexpected InvalidOperationException (Sequence contains no elements). Run it again with",
        isWhole: false);

    private static Task SaysAsync(Action action, string expected, bool isWhole = true) => SaysAsync(
        () =>
        {
            action();
            return Task.CompletedTask;
        },
        expected, isWhole);

    private static async Task SaysAsync(Func<Task> action, string expected, bool isWhole = true)
    {
        var exception = await Record.ExceptionAsync(action);
        Assert.NotNull(exception);
        var sentence = ErrorSentence.Describe(exception);
        Assert.True(isWhole ? sentence == expected : sentence.StartsWith(expected, StringComparison.Ordinal), sentence);
    }
}
