using System.Text.Json.Nodes;
using Cronos;
using Microsoft.Extensions.Logging;
using SimCse.LocalHost.App;
using SimCse.LocalHost.Protocol;
using SimCse.LocalHost.Worker;

namespace SimCse.LocalHost.Timers;

/// <summary>
/// Runs one timer function by its NCRONTAB schedule, in UTC as in Azure. One listener serves all instances; in Azure a lease on a blob
/// ensures that. Runs never overlap. If runs were missed while no host ran, one run with IsPastDue makes up for them.
/// </summary>
internal sealed class TimerListener(
    FunctionMetadata function, FunctionInvoker invoker, HostBlob statusBlob, TimeProvider timeProvider, ILogger logger)
{
    /// <summary>Timers of the runtime accept at most 49 days.</summary>
    private static readonly TimeSpan LongestDelay = TimeSpan.FromDays(1);

    private readonly CronExpression _schedule = Parse(function);

    /// <summary>The input of a timer function: <c>{"Schedule":{…},"ScheduleStatus":{…},"IsPastDue":false}</c>.</summary>
    public static InvocationRequest TriggerData(FunctionMetadata function, TimerStatus? status, bool isPastDue)
    {
        var timer = new JsonObject
        {
            ["Schedule"] = new JsonObject { ["AdjustForDST"] = true },
            ["ScheduleStatus"] = status?.ToJson(),
            ["IsPastDue"] = isPastDue,
        };
        return function.Request(new() { Json = timer.ToJsonString() });
    }

    private DateTimeOffset Now => timeProvider.GetUtcNow();

    public async Task RunAsync(CancellationToken stopping)
    {
        try
        {
            var status = IsMonitored ? await TryReadOrBeginAsync(stopping) : null;
            var isPastDue = status is not null && Now > NextAfter(status.Last ?? status.LastUpdated);
            if (isPastDue || function.Trigger.RunOnStartup)
            {
                status = await RunOnceAsync(status, isPastDue, stopping);
            }

            while (_schedule.GetNextOccurrence(Now, TimeZoneInfo.Utc) is { } next)
            {
                await DelayUntilAsync(next, stopping);
                status = await RunOnceAsync(status, isPastDue: false, stopping);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The host is stopping.
        }
    }

    /// <summary>The host does not monitor schedules that run more often than once a minute.</summary>
    private bool IsMonitored
    {
        get
        {
            var runs = _schedule.GetOccurrences(Now, Now + TimeSpan.FromDays(366), TimeZoneInfo.Utc).Take(2).ToList();
            return function.Trigger.UseMonitor && (runs is not [var first, var second] || second - first >= TimeSpan.FromMinutes(1));
        }
    }

    private async Task<TimerStatus?> TryReadOrBeginAsync(CancellationToken stopping)
    {
        try
        {
            return await ReadOrBeginAsync(stopping);
        }
        catch (Exception e) when (!stopping.IsCancellationRequested)
        {
            Log.TimerStatusNotRead(logger, e, function.FullName);
            return new TimerStatus(null, NextAfter(Now), Now);
        }
    }

    private async Task<TimerStatus> ReadOrBeginAsync(CancellationToken stopping)
    {
        if (await statusBlob.ReadAsync(stopping) is { } text && TimerStatus.Parse(text) is { } known)
        {
            return known;
        }

        var status = new TimerStatus(null, NextAfter(Now), Now);
        await statusBlob.WriteAsync(status.ToJson().ToJsonString(), stopping);
        return status;
    }

    private async Task<TimerStatus?> RunOnceAsync(TimerStatus? status, bool isPastDue, CancellationToken stopping)
    {
        var started = Now;
        try
        {
            await invoker.InvokeAsync(
                function, $"Timer fired at {started:O}", TriggerData(function, status, isPastDue), CancellationToken.None);
        }
        catch (InvocationFailedException)
        {
            // The failure is logged, and the schedule continues, as in the host.
        }

        if (status is null)
        {
            return null;
        }

        var next = new TimerStatus(started, NextAfter(Now), Now);
        try
        {
            await statusBlob.WriteAsync(next.ToJson().ToJsonString(), stopping);
        }
        catch (Exception e) when (!stopping.IsCancellationRequested)
        {
            Log.TimerStatusNotWritten(logger, e, function.FullName);
        }

        return next;
    }

    private DateTimeOffset NextAfter(DateTimeOffset time) => _schedule.GetNextOccurrence(time, TimeZoneInfo.Utc) ?? DateTimeOffset.MaxValue;

    private async Task DelayUntilAsync(DateTimeOffset time, CancellationToken stopping)
    {
        while (time - Now is { Ticks: > 0 } left)
        {
            await Task.Delay(left < LongestDelay ? left : LongestDelay, timeProvider, stopping);
        }
    }

    private static CronExpression Parse(FunctionMetadata function)
    {
        var schedule = function.Trigger.Schedule!;
        var fields = schedule.Split(' ', StringSplitOptions.RemoveEmptyEntries).Length;
        try
        {
            return CronExpression.Parse(schedule, fields == 6 ? CronFormat.IncludeSeconds : CronFormat.Standard);
        }
        catch (CronFormatException e)
        {
            throw new LocalHostException(
                $"The schedule '{schedule}' of function {function.Name} is not NCRONTAB, six fields from seconds to weekday: {e.Message}",
                e);
        }
    }
}
