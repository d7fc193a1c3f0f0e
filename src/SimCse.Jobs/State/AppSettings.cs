using SimCse.Jobs.Sources;
using SimCse.Jobs.Storage;

namespace SimCse.Jobs.State;

/// <summary>
/// <c>jobs/settings.json</c>: the settings of the app that others have to follow, too, written by the app when it starts and by Reconcile.
/// </summary>
/// <param name="Include">The patterns of names that are sources.</param>
/// <param name="Exclude">The patterns of names that are none.</param>
/// <param name="KeepOldVersionsDays">How long the output of an older version of a source is kept; null keeps it.</param>
/// <param name="KeepUnfinishedDays">How long a failed or cancelled job is kept; null keeps it.</param>
/// <param name="KeepDeletedSources">Whether the results of a source that was deleted stay current.</param>
public sealed record AppSettings(
    string Include = "", string Exclude = SourceFilter.DefaultExclude, int? KeepOldVersionsDays = null, int? KeepUnfinishedDays = null,
    bool KeepDeletedSources = false)
{
    /// <summary>The filter that these patterns make.</summary>
    public SourceFilter ToFilter() => new(Include, Exclude);

    /// <summary>Reads the settings of the account's app; those of an app without settings when it has told none.</summary>
    public static async Task<AppSettings> ReadAsync(JobStorage storage, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(storage);
        try
        {
            return await JobStorage.TryReadAsync(
                storage.Jobs, StorageNames.Settings, JobsJson.Default.AppSettings, cancellationToken) ?? new AppSettings();
        }
        catch (UnreadableRecordException e) when (!e.IsNewer)
        {
            return new AppSettings(); // the app writes it again
        }
    }

    /// <summary>Tells the settings to all who use the account.</summary>
    public Task WriteAsync(JobStorage storage, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(storage);
        return JobStorage.WriteAsync(storage.Jobs, StorageNames.Settings, this, JobsJson.Default.AppSettings, cancellationToken);
    }
}
