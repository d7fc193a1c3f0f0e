using System.Net;
using System.Text.Json;
using Azure.Storage.Blobs;
using SimCse.LocalHost.Worker;
using SimCse.Testing;

namespace SimCse.Functions.Tests;

/// <summary>The functions of a job, called as the host calls them, and what <c>/api/jobs</c> says of it.</summary>
[Collection(HostSide.Collection)]
public sealed class JobFunctionsTests(AppFixture app)
{
    private readonly HostSide _host = new(app.ConnectionString, app.App);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_source_is_planned_by_an_event_encoded_and_shown_as_succeeded()
    {
        var source = await _host.UploadAsync("猫が好きです。\n犬も好きです。\n\n明日は晴れるでしょう。\n");

        await _host.InvokeAsync("PlanJob", HostSide.Event(source));
        var shards = await _host.TakeShardsAsync();
        foreach (var shard in shards)
        {
            await _host.InvokeAsync("EncodeShard", shard, DateTimeOffset.UtcNow);
        }

        var job = HostSide.JobOf(Assert.Single(shards));
        var (status, body) = await app.Client.GetReplyAsync($"/api/jobs/{job}");
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal("succeeded", body.GetProperty("state").GetString());
        Assert.Equal(source, body.GetProperty("source").GetString());
        Assert.Equal(3, body.GetProperty("rows").GetInt32());
        Assert.True(body.GetProperty("untrained").GetBoolean());
        var (_, list) = await app.Client.GetReplyAsync("/api/jobs");
        Assert.Contains(list.GetProperty("jobs").EnumerateArray(), listed => listed.GetProperty("job").GetString() == job);
        Assert.True(
            await new BlobServiceClient(app.ConnectionString)
                .GetBlobContainerClient("embeddings").GetBlobClient($"{source}/{job}/_SUCCESS").ExistsAsync(Token));

        Assert.Equal(HttpStatusCode.Conflict, (await app.Client.PostReplyAsync($"/api/jobs/{job}/retry", "")).Status);
        Assert.Equal(HttpStatusCode.Conflict, (await app.Client.PostReplyAsync($"/api/jobs/{job}/cancel", "")).Status);
    }

    [Fact]
    public async Task A_submission_leads_to_its_job_with_the_options_asked_for()
    {
        var source = await _host.UploadAsync("猫\n");

        using var response = await app.Client.PostAsync(
            new Uri("/api/jobs", UriKind.Relative),
            new StringContent(JsonSerializer.Serialize(new { source, options = new { normalize = true, dimensions = 32 } })), Token);
        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        var submission = JsonDocument.Parse(await response.Content.ReadAsStringAsync(Token)).RootElement
            .GetProperty("submission").GetString();
        Assert.Equal($"/api/jobs/{submission}", response.Headers.Location?.OriginalString);
        var (pending, planning) = await app.Client.GetReplyAsync($"/api/jobs/{submission}");
        Assert.Equal(HttpStatusCode.Accepted, pending);
        Assert.Equal("planning", planning.GetProperty("state").GetString());

        await _host.InvokeAsync(
            "PlanJob", Assert.Single(await _host.TakeAsync("plan", message => message.Contains(submission!, StringComparison.Ordinal))));
        var (status, job) = await app.Client.GetReplyAsync($"/api/jobs/{submission}");

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal("running", job.GetProperty("state").GetString());
        Assert.True(job.GetProperty("options").GetProperty("normalize").GetBoolean());
        Assert.Equal(32, job.GetProperty("options").GetProperty("dimensions").GetInt32());
        Assert.True(job.GetProperty("options").GetProperty("includeText").GetBoolean());
        await _host.TakeShardsAsync();
    }

    [Fact]
    public async Task A_strict_app_binds_a_job_to_the_arithmetic_of_its_first_shard()
    {
        await using var strict = await RunningApp.StartAsync(
            new Dictionary<string, string>(app.Settings) { ["Jobs__Arithmetic"] = "strict" });
        var host = new HostSide(app.ConnectionString, strict);
        await host.InvokeAsync("PlanJob", HostSide.Event(await host.UploadAsync("猫\n")));
        var message = Assert.Single(await host.TakeShardsAsync());

        await host.InvokeAsync("EncodeShard", message);

        var job = HostSide.JobOf(message);
        var arithmetics = (await app.Client.GetReplyAsync($"/api/jobs/{job}")).Body.GetProperty("arithmetics");
        var bound = await new BlobServiceClient(app.ConnectionString)
            .GetBlobContainerClient("jobs").GetBlobClient($"{job}/arithmetic").GetPropertiesAsync(cancellationToken: Token);
        Assert.Equal(Assert.Single(arithmetics.EnumerateObject()).Name, bound.Value.Metadata["arithmetic"]);
    }

    [Fact]
    public async Task A_job_is_cancelled_and_taken_up_again()
    {
        await _host.InvokeAsync("PlanJob", HostSide.Event(await _host.UploadAsync("犬\n")));
        var message = Assert.Single(await _host.TakeShardsAsync());
        var job = HostSide.JobOf(message);

        var (cancelled, status) = await app.Client.PostReplyAsync($"/api/jobs/{job}/cancel", "");
        Assert.Equal(HttpStatusCode.OK, cancelled);
        Assert.Equal("cancelled", status.GetProperty("state").GetString());
        await _host.InvokeAsync("EncodeShard", message);
        Assert.Equal("cancelled", await StateAsync(job));

        var (retried, again) = await app.Client.PostReplyAsync($"/api/jobs/{job}/retry", "");
        Assert.Equal(HttpStatusCode.Accepted, retried);
        Assert.Equal("running", again.GetProperty("state").GetString());
        await _host.InvokeAsync("EncodeShard", Assert.Single(await _host.TakeShardsAsync()));
        Assert.Equal("succeeded", await StateAsync(job));
    }

    [Fact]
    public async Task A_shard_from_the_poison_queue_is_sent_again_then_fails_its_job_and_retry_sends_it_again()
    {
        await _host.InvokeAsync("PlanJob", HostSide.Event(await _host.UploadAsync("鳥\n")));
        var message = Assert.Single(await _host.TakeShardsAsync());
        var job = HostSide.JobOf(message);
        for (var times = 1; times <= 3; times++)
        {
            await _host.InvokeAsync("RecordShardPoison", message);
            Assert.Equal(message, Assert.Single(await _host.TakeShardsAsync()));
            var (_, running) = await app.Client.GetReplyAsync($"/api/jobs/{job}");
            Assert.Equal("running", running.GetProperty("state").GetString());
            Assert.EndsWith(
                $" {5 * times} times.", Assert.Single(running.GetProperty("notes").EnumerateArray()).GetString(), StringComparison.Ordinal);
        }

        await _host.InvokeAsync("RecordShardPoison", message);
        Assert.Equal("failed", await StateAsync(job));

        await app.Client.PostReplyAsync($"/api/jobs/{job}/retry", "");
        Assert.Equal(message, Assert.Single(await _host.TakeShardsAsync()));
    }

    [Theory]
    [InlineData("\"version\":1", "\"version\":2", HttpStatusCode.Conflict, "was written by a newer simcse")]
    [InlineData("\"fp32\"", "\"fp4\"", HttpStatusCode.Accepted, "cannot be read")]
    public async Task A_job_that_cannot_be_read_is_shown_with_the_others_and_says_why(
        string found, string written, HttpStatusCode retry, string reason)
    {
        await _host.InvokeAsync("PlanJob", HostSide.Event(await _host.UploadAsync("鳥\n")));
        var job = HostSide.JobOf(Assert.Single(await _host.TakeShardsAsync()));
        var manifest = new BlobServiceClient(app.ConnectionString).GetBlobContainerClient("jobs").GetBlobClient($"{job}/job.json");
        var content = (await manifest.DownloadContentAsync(Token)).Value.Content.ToString();
        await manifest.UploadAsync(
            BinaryData.FromString(content.Replace(found, written, StringComparison.Ordinal)), overwrite: true, Token);

        var (status, list) = await app.Client.GetReplyAsync("/api/jobs");

        Assert.Equal(HttpStatusCode.OK, status);
        var listed = Assert.Single(
            list.GetProperty("jobs").EnumerateArray(), listed => listed.GetProperty("job").GetString() == job);
        Assert.Equal("unreadable", listed.GetProperty("state").GetString());
        Assert.Contains(reason, listed.GetProperty("reason").GetString(), StringComparison.Ordinal);
        Assert.Equal("unreadable", await StateAsync(job));
        var (refused, cancel) = await app.Client.PostReplyAsync($"/api/jobs/{job}/cancel", "");
        Assert.Equal(HttpStatusCode.Conflict, refused);
        Assert.Contains(reason, cancel.Error(), StringComparison.Ordinal);
        Assert.Equal(retry, (await app.Client.PostReplyAsync($"/api/jobs/{job}/retry", "")).Status);
        await manifest.DeleteAsync(cancellationToken: Token);
        await _host.TakeAsync("plan", _ => true);
    }

    [Theory]
    [InlineData("PlanJob", "plan")]
    [InlineData("EncodeShard", "shards")]
    [InlineData("RecordPlanPoison", "plan")]
    [InlineData("RecordShardPoison", "shards")]
    public async Task A_message_that_is_not_ours_is_acknowledged_and_shown(string function, string queue)
    {
        var body = $"not ours, {function} {Guid.NewGuid()}";

        await _host.InvokeAsync(function, body);

        var (_, list) = await app.Client.GetReplyAsync("/api/jobs");
        var rejected = Assert.Single(
            list.GetProperty("rejected").EnumerateArray(), message => message.GetProperty("body").GetString() == body);
        Assert.Equal(queue, rejected.GetProperty("queue").GetString());
        Assert.NotEmpty(rejected.GetProperty("reason").GetString()!);
    }

    [Fact]
    public async Task Reconcile_completes_a_job_whose_last_shard_was_killed_before_success()
    {
        var source = await _host.UploadAsync("魚\n");
        await _host.InvokeAsync("PlanJob", HostSide.Event(source));
        var shard = Assert.Single(await _host.TakeShardsAsync());
        await _host.InvokeAsync("EncodeShard", shard);
        var job = HostSide.JobOf(shard);
        var storage = new BlobServiceClient(app.ConnectionString);
        var success = storage.GetBlobContainerClient("embeddings").GetBlobClient($"{source}/{job}/_SUCCESS");
        await success.DeleteAsync(cancellationToken: Token);
        await storage.GetBlobContainerClient("jobs").GetBlobClient($"open/{job}.json").UploadAsync(
            BinaryData.FromString("""{"version":1,"at":"2026-11-27T00:00:00+00:00"}"""), Token);

        await app.App.Host.InvokeTimerAsync("Reconcile", Token);

        Assert.True(await success.ExistsAsync(Token));
    }

    [Theory]
    [InlineData("", "body is empty")]
    [InlineData("{", "is not JSON")]
    [InlineData("[]", "body is an array")]
    [InlineData("{}", "has no \"source\"")]
    [InlineData("{\"source\": \"\"}", "\"source\" has 0 characters")]
    [InlineData("{\"source\": 5}", "\"source\" is a number; expected a string")]
    [InlineData("{\"source\": \"a.txt\", \"options\": []}", "\"options\" is an array")]
    [InlineData("{\"source\": \"a.txt\", \"options\": {\"normalise\": true}}", "holds \"normalise\", which is none; did you mean")]
    [InlineData("{\"source\": \"a.txt\", \"options\": {\"normalize\": true, \"normalize\": false}}", "holds \"normalize\" twice")]
    [InlineData("{\"source\": \"a.txt\", \"options\": {\"includeText\": null}}", "\"includeText\" is null; expected true or false")]
    [InlineData("{\"source\": \"a.txt\", \"option\": {\"includeText\": false}}", "holds \"option\", which is none; did you mean")]
    [InlineData("{\"source\": \"a.txt\", \"options\": {\"normalize\": \"yes\"}}", "\"normalize\" is a string")]
    public async Task A_submission_that_is_none_is_refused_with_what_was_found(string request, string expected)
    {
        var (status, body) = await app.Client.PostReplyAsync("/api/jobs", request);

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains(expected, body.Error(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"source\": \"a.pdf\"}", HttpStatusCode.UnprocessableEntity, "expected a name that ends in .txt")]
    [InlineData("{\"source\": \"a.txt\", \"options\": {\"dimensions\": 0}}", HttpStatusCode.UnprocessableEntity, "\"dimensions\" is 0")]
    [InlineData("{\"source\": \"../models/x.txt\"}", HttpStatusCode.UnprocessableEntity, "can be no source's name")]
    [InlineData("{\"source\": \"無い.txt\"}", HttpStatusCode.NotFound, "There is no source '無い.txt' in the container 'texts'")]
    public async Task A_submission_that_cannot_succeed_is_refused_at_once(string request, HttpStatusCode expectedStatus, string expected)
    {
        var (status, body) = await app.Client.PostReplyAsync("/api/jobs", request);

        Assert.Equal(expectedStatus, status);
        Assert.Contains(expected, body.Error(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Dimensions_that_the_model_does_not_have_are_refused_before_a_job_is_made()
    {
        var source = await _host.UploadAsync("魚\n");

        var (status, body) = await app.Client.PostReplyAsync(
            "/api/jobs", $$$"""{"source": "{{{source}}}", "options": {"dimensions": 257}}""");

        Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
        Assert.Contains("\"dimensions\" is 257; expected 1 to 256", body.Error(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET", "/api/jobs/aaaaaaaaaaaaaaaaaaaa")]
    [InlineData("GET", "/api/jobs/no-job")]
    [InlineData("GET", "/api/jobs/..%2Fpoison")]
    [InlineData("POST", "/api/jobs/aaaaaaaaaaaaaaaaaaaa/retry")]
    [InlineData("POST", "/api/jobs/aaaaaaaaaaaaaaaaaaaa/cancel")]
    [InlineData("POST", "/api/jobs/aaaaaaaaaaaaaaaaaaaa/delete")]
    public async Task A_job_that_does_not_exist_is_not_found(string method, string path)
    {
        var (status, body) = await (method == "GET" ? app.Client.GetReplyAsync(path) : app.Client.PostReplyAsync(path, ""));

        Assert.Equal(HttpStatusCode.NotFound, status);
        Assert.NotEmpty(body.Error());
    }

    [Fact]
    public async Task Without_storage_a_request_says_so_and_an_invocation_fails()
    {
        var nobody = FreePort.Find();
        await using var alone = await RunningApp.StartAsync(new Dictionary<string, string>(app.Settings)
        {
            ["AzureWebJobsStorage"] =
                $"DefaultEndpointsProtocol=http;AccountName=a;AccountKey=YQ==;BlobEndpoint=http://127.0.0.1:{nobody}/a;" +
                $"QueueEndpoint=http://127.0.0.1:{nobody}/a",
        });

        // The storage client tries for half a minute before it gives up; both at once.
        var request = alone.Client.GetReplyAsync("/api/jobs");
        var invocation = alone.Host.InvokeQueueAsync("PlanJob", """{"source":"a.txt"}""", cancellationToken: Token);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await request).Status);
        Assert.StartsWith("The storage account could not be used: ", (await request).Body.Error(), StringComparison.Ordinal);
        await Assert.ThrowsAsync<InvocationFailedException>(() => invocation);
    }

    private async Task<string?> StateAsync(string job) =>
        (await app.Client.GetReplyAsync($"/api/jobs/{job}")).Body.GetProperty("state").GetString();
}
