using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using SimCse.Models.Pull;
using SimCse.Testing;

namespace SimCse.Models.Tests.Pull;

public sealed partial class ModelPullerTests : IAsyncLifetime
{
    private const string Weights = "pytorch_model.bin";
    private const int FirstBytes = 1000;
    private const string DictionaryPrefix = "unidic-lite-1.0.8/unidic_lite/dicdir/";

    private readonly TemporaryFolder _cache = new();
    private readonly HttpClient _http = new();
    private readonly List<TimeSpan> _waits = [];
    private readonly TaskCompletionSource _arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private LocalHub _hub = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _hub = await LocalHub.StartAsync();
        _hub.AddFolder(ModelFixture.PyTorch.Folder);
        _hub.Add("README.md", "---\nlicense: cc-by-sa-4.0\n---\n"u8.ToArray());
        _hub.Add("tf_model.h5", new byte[100]);
        _hub.Add("onnx/model.onnx", new byte[100]);
    }

    public async ValueTask DisposeAsync()
    {
        await _hub.DisposeAsync();
        _http.Dispose();
        _cache.Dispose();
    }

    [Fact]
    public async Task Fetches_what_an_import_reads_and_nothing_else()
    {
        var model = await PullAsync();

        Assert.Equal(("someone/model", LocalHub.Commit, "cc-by-sa-4.0"), (model.Name, model.Commit, model.Licence));
        Assert.Equal(
            [
                "1_Pooling/config.json", "2_Dense/config.json", "2_Dense/pytorch_model.bin", "README.md", "config.json", "expected.jsonl",
                "modules.json", "pytorch_model.bin", "sentence_bert_config.json", "tokenizer_config.json", "vocab.txt",
            ],
            Directory.EnumerateFiles(model.Folder, "*", SearchOption.AllDirectories)
                .Select(file => Path.GetRelativePath(model.Folder, file)).Order(StringComparer.Ordinal));
        Assert.Equal(await FixtureBytesAsync(Weights), await File.ReadAllBytesAsync(Path.Combine(model.Folder, Weights), Cancellation));
    }

    [Fact]
    public async Task Prefers_safetensors_where_a_repository_holds_both()
    {
        _hub.Add("model.safetensors", [1, 2, 3]);

        var model = await PullAsync();

        Assert.True(File.Exists(Path.Combine(model.Folder, "model.safetensors")));
        Assert.False(File.Exists(Path.Combine(model.Folder, Weights)));
    }

    [Fact]
    public async Task Fetches_nothing_twice()
    {
        await PullAsync();
        _hub.Requests.Clear();

        await PullAsync();

        Assert.Empty(_hub.Requests);
    }

    [Fact]
    public async Task Fetches_a_file_again_that_was_damaged_in_the_cache()
    {
        var model = await PullAsync();
        await File.WriteAllTextAsync(Path.Combine(model.Folder, "config.json"), "{}", Cancellation);
        _hub.Requests.Clear();

        await PullAsync();

        Assert.Equal(["config.json"], _hub.Requests.Select(request => request.File));
    }

    [Fact]
    public async Task Asks_only_for_the_rest_after_a_dropped_connection()
    {
        await FetchAllButWeightsAsync();
        _hub.Faults.Enqueue(async (context, content) => await DropAsync(context, content, FirstBytes));

        var model = await PullAsync();

        Assert.Equal([(Weights, ""), (Weights, "bytes=1000-")], _hub.Requests);
        Assert.Equal(await FixtureBytesAsync(Weights), await File.ReadAllBytesAsync(Path.Combine(model.Folder, Weights), Cancellation));
    }

    [Fact]
    public async Task Asks_only_for_the_rest_of_what_an_earlier_pull_left()
    {
        var folder = await FetchAllButWeightsAsync();
        var whole = await FixtureBytesAsync(Weights);
        await File.WriteAllBytesAsync(Path.Combine(folder, $"{Weights}.partial"), whole[..5000], Cancellation);

        var model = await PullAsync();

        Assert.Equal([(Weights, "bytes=5000-")], _hub.Requests);
        Assert.Equal(whole, await File.ReadAllBytesAsync(Path.Combine(model.Folder, Weights), Cancellation));
    }

    [Fact]
    public async Task Starts_anew_once_when_what_an_earlier_pull_left_does_not_fit()
    {
        var folder = await FetchAllButWeightsAsync();
        await File.WriteAllBytesAsync(Path.Combine(folder, $"{Weights}.partial"), new byte[5000], Cancellation);

        var model = await PullAsync();

        Assert.Equal([(Weights, "bytes=5000-"), (Weights, "")], _hub.Requests);
        Assert.Equal(await FixtureBytesAsync(Weights), await File.ReadAllBytesAsync(Path.Combine(model.Folder, Weights), Cancellation));
    }

    [Fact]
    public async Task Takes_a_whole_file_from_a_server_that_knows_no_ranges()
    {
        var folder = await FetchAllButWeightsAsync();
        await File.WriteAllBytesAsync(Path.Combine(folder, $"{Weights}.partial"), (await FixtureBytesAsync(Weights))[..5000], Cancellation);
        _hub.Faults.Enqueue((context, content) => context.Response.Body.WriteAsync(content).AsTask());

        var model = await PullAsync();

        Assert.Equal(await FixtureBytesAsync(Weights), await File.ReadAllBytesAsync(Path.Combine(model.Folder, Weights), Cancellation));
    }

    [Fact]
    public async Task Gives_up_when_a_server_drops_every_connection_at_once_and_keeps_what_it_has()
    {
        var folder = await FetchAllButWeightsAsync();
        _hub.Faults.Enqueue(async (context, content) => await DropAsync(context, content, FirstBytes));
        for (var i = 0; i < 3; i++)
        {
            _hub.Faults.Enqueue((context, _) =>
            {
                context.Abort();
                return Task.CompletedTask;
            });
        }

        var error = await Assert.ThrowsAsync<HttpRequestException>(PullAsync);

        Assert.Contains("What has arrived is kept", error.Message, StringComparison.Ordinal);
        Assert.Equal(1000, new FileInfo(Path.Combine(folder, $"{Weights}.partial")).Length);
    }

    [Fact]
    public async Task Refuses_a_file_with_the_wrong_hash_and_keeps_nothing_of_it()
    {
        var folder = await FetchAllButWeightsAsync();
        _hub.Faults.Enqueue((context, content) => context.Response.Body.WriteAsync(new byte[content.Length]).AsTask());

        var error = await Assert.ThrowsAsync<InvalidDataException>(PullAsync);

        var expected = Convert.ToHexStringLower(SHA256.HashData(await FixtureBytesAsync(Weights)));
        Assert.Contains($"expected {expected}", error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(folder, $"{Weights}*"));
    }

    [Fact]
    public async Task Refuses_a_small_file_that_is_not_the_one_git_knows()
    {
        _hub.Faults.Enqueue((context, content) => context.Response.Body.WriteAsync(new byte[content.Length]).AsTask());

        Assert.Contains("has git blob id", (await Assert.ThrowsAsync<InvalidDataException>(PullAsync)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Refuses_a_file_that_is_longer_than_the_hub_says()
    {
        await FetchAllButWeightsAsync();
        _hub.Faults.Enqueue((context, content) => context.Response.Body.WriteAsync(new byte[content.Length + 1]).AsTask());

        Assert.Contains("has more than the", (await Assert.ThrowsAsync<InvalidDataException>(PullAsync)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Asks_again_when_a_server_sends_another_part_than_was_asked_for()
    {
        var folder = await FetchAllButWeightsAsync();
        var whole = await FixtureBytesAsync(Weights);
        await File.WriteAllBytesAsync(Path.Combine(folder, $"{Weights}.partial"), whole[..5000], Cancellation);
        _hub.Faults.Enqueue((context, content) =>
        {
            context.Response.StatusCode = StatusCodes.Status206PartialContent;
            context.Response.Headers.ContentRange = $"bytes 4000-{content.Length - 1}/{content.Length}";
            return context.Response.Body.WriteAsync(content.AsMemory(4000)).AsTask();
        });

        var model = await PullAsync();

        Assert.Equal([(Weights, "bytes=5000-"), (Weights, "bytes=5000-")], _hub.Requests);
        Assert.Equal(whole, await File.ReadAllBytesAsync(Path.Combine(model.Folder, Weights), Cancellation));
    }

    [Fact]
    public async Task Takes_a_file_of_no_bytes_for_what_it_is()
    {
        _hub.Add("LICENSE", []);

        Assert.Empty(await File.ReadAllBytesAsync(Path.Combine((await PullAsync()).Folder, "LICENSE"), Cancellation));
    }

    [Fact]
    public void A_mirror_may_lie_in_a_folder_of_its_server() =>
        Assert.Equal("http://mirror/hf/", new ModelPullerOptions { Hub = new Uri("http://mirror/hf") }.Hub.AbsoluteUri);

    [Theory]
    [InlineData("someone/else", "main")]
    [InlineData("someone/model", "v9")]
    public async Task Says_that_there_is_no_such_model_or_revision(string name, string revision)
    {
        var error = await Assert.ThrowsAsync<HttpRequestException>(
            () => Puller().PullAsync(name, revision, cancellationToken: Cancellation));

        Assert.Equal(HttpStatusCode.NotFound, error.StatusCode);
        Assert.Contains("404 Not Found: there is no such model, revision or file", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Says_that_a_file_is_missing_which_the_hub_lists()
    {
        _hub.Faults.Enqueue((context, _) =>
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        });

        Assert.Equal(HttpStatusCode.NotFound, (await Assert.ThrowsAsync<HttpRequestException>(PullAsync)).StatusCode);
    }

    [Theory]
    [InlineData("model")]
    [InlineData("a/b/c")]
    [InlineData("../model")]
    [InlineData("a/..")]
    [InlineData("a/b?c")]
    [InlineData("")]
    public async Task Refuses_a_name_that_is_none(string name) =>
        await Assert.ThrowsAsync<ArgumentException>(() => Puller().PullAsync(name, cancellationToken: Cancellation));

    [Fact]
    public async Task Writes_nothing_outside_its_folder_whatever_the_modules_say()
    {
        _hub.Add("modules.json", Encoding.UTF8.GetBytes("""[{"idx": 0, "path": "", "type": "t"}, {"idx": 1, "path": "../..", "type": "t"}]"""));
        _hub.Add("../../config.json", [1]);

        var error = await Assert.ThrowsAsync<InvalidDataException>(PullAsync);

        Assert.Contains("places a module in '../..'", error.Message, StringComparison.Ordinal);
        Assert.All(
            Directory.EnumerateFiles(_cache.Path, "*", SearchOption.AllDirectories),
            file => Assert.Equal("modules.json", Path.GetFileName(file)));
    }

    [Fact]
    public async Task Tells_a_hub_that_does_not_answer_from_a_cancelled_pull()
    {
        using var silent = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        using var impatient = new HttpClient { Timeout = TimeSpan.FromMilliseconds(200) };
        var options = Options() with { Hub = new Uri($"http://127.0.0.1:{((IPEndPoint)silent.LocalEndpoint).Port}/") };

        var error = await Assert.ThrowsAsync<HttpRequestException>(
            () => new ModelPuller(impatient, options).PullAsync("someone/model", cancellationToken: Cancellation));

        Assert.Contains("does not answer within", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Refuses_a_repository_without_modules()
    {
        _hub.Description["siblings"] = new JsonArray(new JsonObject { ["rfilename"] = "config.json", ["size"] = 2 });

        Assert.Contains(
            "holds no modules.json", (await Assert.ThrowsAsync<InvalidDataException>(PullAsync)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stops_when_cancelled_and_goes_on_where_it_stopped()
    {
        await FetchAllButWeightsAsync();
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        _hub.Faults.Enqueue(async (context, content) =>
        {
            context.Response.ContentLength = content.Length;
            await context.Response.Body.WriteAsync(content.AsMemory(0, 1000));
            await context.Response.Body.FlushAsync();
            await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
        });
        var progress = new InlineProgress(report =>
        {
            if (report is { File: Weights, Bytes: 1000 })
            {
                cancellation.Cancel();
            }
        });

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => Puller().PullAsync("someone/model", "main", progress, cancellation.Token));
        await PullAsync();

        Assert.Equal([(Weights, ""), (Weights, "bytes=1000-")], _hub.Requests);
    }

    /// <summary>Leaves one file to fetch, so that a fault meets that one.</summary>
    private async Task<string> FetchAllButWeightsAsync()
    {
        var model = await PullAsync();
        File.Delete(Path.Combine(model.Folder, Weights));
        _hub.Requests.Clear();
        _waits.Clear();
        return model.Folder;
    }

    /// <summary>Sends the first bytes and drops the connection once they have arrived: a reset would take unread ones along.</summary>
    private async Task DropAsync(HttpContext context, byte[] content, int after)
    {
        context.Response.ContentLength = content.Length;
        await context.Response.Body.WriteAsync(content.AsMemory(0, after));
        await context.Response.Body.FlushAsync();
        await _arrived.Task;
        context.Abort();
    }

    private static Task<byte[]> FixtureBytesAsync(string file) =>
        File.ReadAllBytesAsync(Path.Combine(ModelFixture.PyTorch.Folder, file), Cancellation);

    private Task<PulledModel> PullAsync() => PullAsync(Puller());

    private Task<PulledModel> PullAsync(ModelPuller puller) => puller.PullAsync(
        "someone/model", "main",
        new InlineProgress(report => _ = report is { File: Weights, Bytes: FirstBytes } && _arrived.TrySetResult()), Cancellation);

    private ModelPuller Puller() => new(_http, Options());

    private ModelPullerOptions Options() => new()
    {
        Hub = _hub.Address,
        CacheFolder = _cache.Path,
        MaxAttempts = 3,
        Archives = [DictionaryArchive.UnidicLite],
        Wait = (time, _) =>
        {
            _waits.Add(time);
            return Task.CompletedTask;
        },
    };
}
