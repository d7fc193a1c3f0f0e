using System.Globalization;

namespace SimCse.Jobs.State;

/// <summary><c>jobs/{job}/attempts/00000.json</c>: why the last try of a shard, or of the plan, failed; the next may succeed.</summary>
/// <param name="Reason">The error's message.</param>
/// <param name="At">When the attempt failed.</param>
/// <param name="Shard">The shard's index, from 0; <see langword="null"/> for the plan.</param>
/// <param name="IsOutage">Whether storage was out of reach, which says nothing about the shard.</param>
public sealed record FailedAttempt(string Reason, DateTimeOffset At, int? Shard = null, bool IsOutage = false);

/// <summary>
/// <c>jobs/{job}/resent/00000.json</c>: a shard, or the plan, was sent again after all tries of its message had ended without an error of
/// its own: their hosts were killed, or storage was out of reach.
/// </summary>
/// <param name="Times">How often it was sent again.</param>
/// <param name="At">When it was sent again last.</param>
/// <param name="Shard">The shard's index, from 0; <see langword="null"/> for the plan.</param>
public sealed record Resend(int Times, DateTimeOffset At, int? Shard = null)
{
    /// <summary>A text that ends every host it comes to (by its memory, for example) must come to an end itself.</summary>
    public const int Limit = 3;

    /// <summary>How often the host delivers a message before it gives up: <c>maxDequeueCount</c> in host.json.</summary>
    public const int TriesPerMessage = 5;

    /// <summary>What has happened, for the user of the job.</summary>
    public string Describe() => string.Create(
        CultureInfo.InvariantCulture,
        $"{(Shard is { } shard ? $"Shard {shard}" : "The plan")} was sent again after its host ended, or storage was out of reach, " +
        $"{Times * TriesPerMessage} times.");
}
