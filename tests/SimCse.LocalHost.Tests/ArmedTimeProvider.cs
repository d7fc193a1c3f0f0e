using System.Collections.Concurrent;
using Microsoft.Extensions.Time.Testing;
using SimCse.Testing;

namespace SimCse.LocalHost.Tests;

/// <summary>A clock that stands still until it is moved to a time that somebody is known to wait for.</summary>
internal sealed class ArmedTimeProvider(DateTimeOffset start) : FakeTimeProvider(start)
{
    private readonly ConcurrentDictionary<DateTimeOffset, bool> _due = new();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = base.CreateTimer(callback, state, dueTime, period);
        if (dueTime > TimeSpan.Zero)
        {
            _due[GetUtcNow() + dueTime] = true;
        }

        return timer;
    }

    public async Task MoveToAsync(DateTimeOffset time)
    {
        await Eventually.TrueAsync(
            $"a timer set for {time:O}", () => Task.FromResult(_due.ContainsKey(time)), TestContext.Current.CancellationToken);
        SetUtcNow(time);
    }
}
