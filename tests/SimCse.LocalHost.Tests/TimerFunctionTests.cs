using System.Text.Json.Nodes;
using Azure.Storage.Blobs;
using SimCse.LocalHost.Tests.Worker;
using SimCse.Testing;

namespace SimCse.LocalHost.Tests;

/// <summary>
/// Timer functions on a clock of the test's own, their status in Azurite. The function's name is part of the blob, so tests run one after
/// the other.
/// </summary>
public sealed class TimerFunctionTests(AzuriteFixture azurite) : IAsyncLifetime
{
    private readonly ArmedTimeProvider _time = new(Midnight.AddMinutes(1));

    private static DateTimeOffset Midnight { get; } = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>The status of an earlier test is not ours.</summary>
    public async ValueTask InitializeAsync()
    {
        await StatusBlob("Tick").DeleteIfExistsAsync(cancellationToken: Cancellation);
        await StatusBlob("TickAtStart").DeleteIfExistsAsync(cancellationToken: Cancellation);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Runs_when_the_schedule_says_so_and_tells_what_it_knows_of_the_run_before()
    {
        await using var app = TimerApp("Tick", "0 */5 * * * *");
        await app.StartAsync();
        await StatusAsync("Tick", next: "2026-01-01T00:05:00+00:00");
        Assert.Equal(0, app.Count("Tick"));

        await _time.MoveToAsync(Midnight.AddMinutes(5));

        await ReceivedAsync(app, "Tick", 0, """
            {
              "Schedule": { "AdjustForDST": true },
              "ScheduleStatus": { "Last": "0001-01-01T00:00:00", "Next": "2026-01-01T00:05:00+00:00", "LastUpdated": "2026-01-01T00:01:00+00:00" },
              "IsPastDue": false
            }
            """);
        await StatusAsync("Tick", next: "2026-01-01T00:10:00+00:00");
    }

    [Fact]
    public async Task A_run_that_was_missed_is_made_up_for_at_the_next_start()
    {
        await using var app = TimerApp("Tick", "0 */5 * * * *");
        // 1. It runs at 00:05, and the host stops.
        await using (await app.StartAsync())
        {
            await _time.MoveToAsync(Midnight.AddMinutes(5));
            await StatusAsync("Tick", next: "2026-01-01T00:10:00+00:00");
        }

        // 2. An hour goes by.
        _time.SetUtcNow(Midnight.AddMinutes(67));
        await app.StartAsync();

        await ReceivedAsync(app, "Tick", 1, """
            {
              "Schedule": { "AdjustForDST": true },
              "ScheduleStatus": { "Last": "2026-01-01T00:05:00+00:00", "Next": "2026-01-01T00:10:00+00:00", "LastUpdated": "2026-01-01T00:05:00+00:00" },
              "IsPastDue": true
            }
            """);
    }

    [Fact]
    public async Task A_schedule_of_seconds_is_not_monitored()
    {
        await using var app = TimerApp("Tick", "*/10 * * * * *");
        await app.StartAsync();

        await _time.MoveToAsync(Midnight.AddSeconds(70));

        await ReceivedAsync(app, "Tick", 0, """{ "Schedule": { "AdjustForDST": true }, "ScheduleStatus": null, "IsPastDue": false }""");
        Assert.False(await StatusBlob("Tick").ExistsAsync(Cancellation));
    }

    [Fact]
    public async Task Runs_at_the_start_when_asked_to_and_on_one_of_several_instances()
    {
        await using var app = TimerApp("TickAtStart", "0 0 0 * * *");
        app.Options = app.Options with { Instances = 2 };

        await app.StartAsync();

        await app.InvocationAsync("TickAtStart");
        await StatusAsync("TickAtStart", next: "2026-01-02T00:00:00+00:00");
        Assert.Equal(1, app.Count("TickAtStart"));
    }

    [Fact]
    public async Task A_failure_does_not_end_the_schedule()
    {
        await using var app = TimerApp("Tick", "0 */5 * * * *");
        app.Answer("Tick", new Answer { Throw = "no" }, new Answer());
        await app.StartAsync();

        await _time.MoveToAsync(Midnight.AddMinutes(5));
        await _time.MoveToAsync(Midnight.AddMinutes(10));

        await app.InvocationAsync("Tick", 1);
    }

    [Fact]
    public async Task A_schedule_that_is_not_NCRONTAB_is_named()
    {
        const string schedule = "01:00:00"; // which Azure takes outside of Consumption
        await using var app = TimerApp("Tick", schedule);

        var error = await Assert.ThrowsAsync<LocalHostException>(app.StartAsync);

        Assert.Contains($"'{schedule}' of function Tick", error.Message, StringComparison.Ordinal);
    }

    private TestApp TimerApp(string function, string schedule)
    {
        var app = new TestApp(azurite.ConnectionString, function);
        app.Options = app.Options with { TimeProvider = _time };
        app.Settings["SCHEDULE"] = schedule;
        return app;
    }

    private static async Task ReceivedAsync(TestApp app, string function, int index, string json)
    {
        var received = (await app.InvocationAsync(function, index)).Json;
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(json), received), received.ToJsonString());
    }

    private BlobClient StatusBlob(string function)
        => new BlobContainerClient(azurite.ConnectionString, "azure-webjobs-hosts").GetBlobClient(
            $"timers/localhost/Host.Functions.{function}/status");

    private Task StatusAsync(string function, string next)
        => Eventually.TrueAsync($"the timer's next run noted as {next}", async () =>
        {
            var blob = StatusBlob(function);
            return await blob.ExistsAsync(Cancellation)
                && JsonNode.Parse((await blob.DownloadContentAsync(Cancellation)).Value.Content)!["Next"]!.GetValue<string>() == next;
        }, Cancellation);
}
