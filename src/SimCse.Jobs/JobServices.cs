using Microsoft.Extensions.DependencyInjection;
using SimCse.Inference;
using SimCse.Jobs.Clients;
using SimCse.Jobs.Encode;
using SimCse.Jobs.Plan;
using SimCse.Jobs.Sources;
using SimCse.Jobs.State;
using SimCse.Jobs.Storage;
using SimCse.Jobs.Upkeep;

namespace SimCse.Jobs;

/// <summary>Registers the services of jobs.</summary>
public static class JobServices
{
    /// <summary>
    /// Adds <see cref="JobWorker"/>, which runs jobs, and <see cref="JobClient"/> over one <see cref="JobStorage"/>. The caller registers a
    /// <see cref="WarmEncoder"/> itself. <paramref name="defaults"/> are the options of jobs that come with none;
    /// <paramref name="planOldSources"/> says whether a change of them, or of the model, leads to new jobs for all sources;
    /// <paramref name="settings"/> are those that others have to follow, too; <paramref name="strictArithmetic"/> says whether all
    /// shards of a job are left to instances that compute as the first one did (<see cref="SentenceEncoder.Arithmetic"/>).
    /// </summary>
    public static IServiceCollection AddSimCseJobs(
        this IServiceCollection services, StorageConnection connection, DefaultOptions defaults, PlanLimits? limits = null,
        bool planOldSources = false, AppSettings? settings = null, bool strictArithmetic = false) =>
        services
            .AddSingleton(settings ?? new AppSettings())
            .AddSingleton((settings ?? new AppSettings()).ToFilter())
            .AddSingleton(limits ?? PlanLimits.Default)
            .AddSingleton(_ => JobStorage.Connect(connection))
            .AddSingleton(TimeProvider.System)
            .AddSingleton(defaults)
            .AddSingleton(ShardLimits.Default)
            .AddSingleton(SliceLimits.Default)
            .AddSingleton<ManifestCache>()
            .AddSingleton<ProgressLog>()
            .AddSingleton<ErrorLimits>()
            .AddSingleton<JobResolver>()
            .AddSingleton<JobFailures>()
            .AddSingleton<RejectedMessages>()
            .AddSingleton(PortionLimits.Default)
            .AddSingleton<ShardsSentBlob>()
            .AddSingleton<ShardQueue>()
            .AddSingleton<StageSource>()
            .AddSingleton<PreviousJob>()
            .AddSingleton<UnpackZip>()
            .AddSingleton<JobPlanner>()
            .AddSingleton<PlanJob>()
            .AddSingleton<LatestBlob>()
            .AddSingleton<JobRemoval>()
            .AddSingleton<JobCompaction>()
            .AddSingleton<JobCommit>()
            .AddSingleton(new ArithmeticOptions(strictArithmetic))
            .AddSingleton<ShardReturn>()
            .AddSingleton<EncodeShard>()
            .AddSingleton<RecordPoison>()
            .AddSingleton(new OldSources(planOldSources))
            .AddSingleton(ReconcileLimits.Default)
            .AddSingleton<LostSources>()
            .AddSingleton<OpenJobs>()
            .AddSingleton<FinishedJobs>()
            .AddSingleton<Reconcile>()
            .AddSingleton(provider => new JobWorker(
                provider.GetRequiredService<PlanJob>(), provider.GetRequiredService<EncodeShard>(),
                provider.GetRequiredService<RecordPoison>(), provider.GetRequiredService<Reconcile>()))
            .AddSingleton<JobClient>();
}
