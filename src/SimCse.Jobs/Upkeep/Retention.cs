using System.Globalization;
using SimCse.Jobs.State;

namespace SimCse.Jobs.Upkeep;

/// <summary>Which jobs are kept no longer.</summary>
/// <param name="OldVersions">The age from which output of an older version of a source goes; null keeps it.</param>
/// <param name="Unfinished">The age from which failed and cancelled jobs go; null keeps them.</param>
public sealed record Retention(TimeSpan? OldVersions, TimeSpan? Unfinished)
{
    /// <summary>The retention that the app's settings ask for.</summary>
    public static Retention Of(AppSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        return new(Days(settings.KeepOldVersionsDays), Days(settings.KeepUnfinishedDays));
    }

    /// <summary>Whether anything goes at all.</summary>
    public bool IsOn => OldVersions is not null || Unfinished is not null;

    /// <summary>The retention of so many days.</summary>
    public static TimeSpan? Days(int? days) => days is { } number ? TimeSpan.FromDays(number) : null;

    /// <summary>Why a complete job goes; <see langword="null"/> when it stays. The newest version of a source always stays.</summary>
    internal string? WhyOld(DateTimeOffset sourceLastModified, DateTimeOffset completedOn, LatestJob? latest, DateTimeOffset now) =>
        OldVersions is { } age && latest?.SourceLastModified > sourceLastModified && now - completedOn >= age
            ? $"An older version of its source, complete for {Describe(now - completedOn)}; job {latest.Job} is the newest."
            : null;

    /// <summary>Why a failed or cancelled job goes; <see langword="null"/> when it stays.</summary>
    internal string? WhyUnfinished(DateTimeOffset lastSign, DateTimeOffset now) => Unfinished is { } age && now - lastSign >= age
        ? $"Failed or cancelled, and left so for {Describe(now - lastSign)}."
        : null;

    private static string Describe(TimeSpan age) =>
        string.Create(CultureInfo.InvariantCulture, $"{(int)age.TotalDays:N0} day{((int)age.TotalDays == 1 ? "" : "s")}");
}
