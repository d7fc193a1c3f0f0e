using System.Text.Json.Nodes;
using Azure.Storage.Blobs;
using SimCse.LocalHost.Tests.Handler;
using SimCse.Testing;

namespace SimCse.LocalHost.Tests;

/// <summary>Timer functions on a clock of the test's own, their status in Azurite. The function's name is part of the blob, so each test has its own.</summary>
public sealed class TimerListenerTests(AzuriteFixture azurite) : IAsyncLifetime
{
    private readonly ArmedTimeProvider _time = new(Midnight.AddMinutes(1));

    private static DateTimeOffset Midnight { get; } = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>The status of an earlier test is not ours.</summary>
    public async ValueTask InitializeAsync()
        => await new BlobContainerClient(azurite.ConnectionString, "azure-webjobs-hosts").GetBlobClient(StatusBlob).DeleteIfExistsAsync(cancellationToken: Cancellation);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static string StatusBlob => "timers/localhost/Host.Functions.Tick/status";

    [Fact]
    public async Task Runs_when_the_schedule_says_so_and_tells_what_it_knows_of_the_run_before()
    {
        await using var app = TimerApp("0 */5 * * * *");
        await app.StartAsync();
        await StatusAsync(next: "2026-01-01T00:05:00+00:00");
        Assert.Equal(0, app.Count("Tick"));

        await _time.MoveToAsync(Midnight.AddMinutes(5));

        Golden.Matches("timer-first", (await app.RequestAsync("Tick")).Json);
        await StatusAsync(next: "2026-01-01T00:10:00+00:00");
    }

    [Fact]
    public async Task A_run_that_was_missed_is_made_up_for_at_the_next_start()
    {
        await using var app = TimerApp("0 */5 * * * *");
        // 1. It runs at 00:05, and the host stops.
        await using (await app.StartAsync())
        {
            await _time.MoveToAsync(Midnight.AddMinutes(5));
            await StatusAsync(next: "2026-01-01T00:10:00+00:00");
        }

        // 2. An hour goes by.
        _time.SetUtcNow(Midnight.AddMinutes(67));
        await app.StartAsync();

        Golden.Matches("timer-past-due", (await app.RequestAsync("Tick", 1)).Json);
    }

    [Fact]
    public async Task A_schedule_of_seconds_is_not_monitored()
    {
        await using var app = TimerApp("*/10 * * * * *");
        await app.StartAsync();

        await _time.MoveToAsync(Midnight.AddSeconds(70));

        Golden.Matches("timer-unmonitored", (await app.RequestAsync("Tick")).Json);
        Assert.False(await new BlobContainerClient(azurite.ConnectionString, "azure-webjobs-hosts").GetBlobClient(StatusBlob).ExistsAsync(Cancellation));
    }

    [Fact]
    public async Task Runs_at_the_start_when_asked_to_and_on_one_of_several_instances()
    {
        await using var app = TimerApp("0 0 0 * * *", runOnStartup: true);
        app.Options = app.Options with { Instances = 2 };

        await app.StartAsync();

        await StatusAsync(next: "2026-01-02T00:00:00+00:00");
        await app.RequestAsync("Tick");
        Assert.Equal(1, app.Count("Tick"));
    }

    [Fact]
    public async Task A_failure_does_not_end_the_schedule()
    {
        await using var app = TimerApp("0 */5 * * * *");
        app.Answer("Tick", new Answer { Status = 500 }, new Answer());
        await app.StartAsync();

        await _time.MoveToAsync(Midnight.AddMinutes(5));
        await _time.MoveToAsync(Midnight.AddMinutes(10));

        await app.RequestAsync("Tick", 1);
    }

    [Theory]
    [InlineData("every day")]
    [InlineData("01:00:00")]
    public async Task A_schedule_that_is_not_NCRONTAB_is_named(string schedule)
    {
        await using var app = TimerApp(schedule);

        var error = await Assert.ThrowsAsync<LocalHostException>(app.StartAsync);

        Assert.Contains($"'{schedule}' of function Tick", error.Message, StringComparison.Ordinal);
    }

    private TestApp TimerApp(string schedule, bool runOnStartup = false)
    {
        var app = new TestApp(azurite.ConnectionString);
        app.Options = app.Options with { TimeProvider = _time };
        app.Settings["Schedule"] = schedule;
        return app.Function("Tick", new JsonObject
        {
            ["type"] = "timerTrigger",
            ["direction"] = "in",
            ["name"] = "timer",
            ["schedule"] = "%Schedule%",
            ["runOnStartup"] = runOnStartup,
        });
    }

    private Task StatusAsync(string next)
        => Eventually.TrueAsync($"the timer's next run noted as {next}", async () =>
        {
            var blob = new BlobContainerClient(azurite.ConnectionString, "azure-webjobs-hosts").GetBlobClient(StatusBlob);
            return await blob.ExistsAsync(Cancellation)
                && JsonNode.Parse((await blob.DownloadContentAsync(Cancellation)).Value.Content)!["Next"]!.GetValue<string>() == next;
        }, Cancellation);
}
