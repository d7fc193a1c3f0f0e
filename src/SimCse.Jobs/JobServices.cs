using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using SimCse.Inference;
using SimCse.Jobs.Clients;
using SimCse.Jobs.Encode;
using SimCse.Jobs.Plan;
using SimCse.Jobs.Sources;
using SimCse.Jobs.State;
using SimCse.Jobs.Storage;
using SimCse.Jobs.Upkeep;

namespace SimCse.Jobs;

/// <summary>Registers what an edge needs.</summary>
public static class JobServices
{
    /// <summary>
    /// What clients need: <see cref="JobStorage"/>, <see cref="JobReader"/>, <see cref="SubmitJob"/>, <see cref="RetryJob"/>,
    /// <see cref="CancelJob"/>.
    /// </summary>
    public static IServiceCollection AddSimCseJobClients(this IServiceCollection services, StorageConnection connection)
    {
        services.AddSingleton(_ => JobStorage.Connect(connection));
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton(provider => new ManifestCache(Get<JobStorage>(provider)));
        services.AddSingleton(provider => new ProgressLog(Get<JobStorage>(provider)));
        services.AddSingleton(provider => new ShardQueue(Get<JobStorage>(provider), Get<ProgressLog>(provider)));
        services.AddSingleton(provider => new RejectedMessages(Get<JobStorage>(provider), Get<TimeProvider>(provider), Logger<RejectedMessages>(provider)));
        services.AddSingleton(provider => new JobReader(
            Get<JobStorage>(provider), Get<ProgressLog>(provider), Get<ManifestCache>(provider), Get<RejectedMessages>(provider),
            Get<TimeProvider>(provider)));
        services.AddSingleton(provider => new SubmitJob(Get<JobStorage>(provider)));
        services.AddSingleton(provider => new CancelJob(Get<JobStorage>(provider), Get<JobReader>(provider), Get<TimeProvider>(provider)));
        services.AddSingleton(provider => new RetryJob(
            Get<JobStorage>(provider), Get<JobReader>(provider), Get<ManifestCache>(provider), Get<ShardQueue>(provider)));
        return services;
    }

    /// <summary>
    /// What runs jobs: <see cref="PlanJob"/>, <see cref="EncodeShard"/>, <see cref="RecordPoison"/>, <see cref="Reconcile"/>, and all that
    /// clients need. The edge registers a <see cref="WarmEncoder"/>.
    /// </summary>
    /// <param name="services">Of the edge.</param>
    /// <param name="connection">The storage account.</param>
    /// <param name="defaults">Of jobs that events start.</param>
    public static IServiceCollection AddSimCseJobs(this IServiceCollection services, StorageConnection connection, JobOptions defaults)
    {
        services.AddSimCseJobClients(connection);
        services.AddSingleton(ShardLimits.Default);
        services.AddSingleton(provider => new JobResolver(Get<JobStorage>(provider), defaults));
        services.AddSingleton(provider => new JobFailures(Get<JobStorage>(provider), Get<TimeProvider>(provider), Logger<JobFailures>(provider)));
        services.AddSingleton(provider => new JobCommit(
            Get<JobStorage>(provider), Get<ProgressLog>(provider), Get<TimeProvider>(provider), Logger<JobCommit>(provider)));
        services.AddSingleton(provider => new JobPlanner(
            Get<JobStorage>(provider), new StageSource(Get<JobStorage>(provider), Get<ShardLimits>(provider)), Get<ManifestCache>(provider), Get<ShardQueue>(provider),
            Get<TimeProvider>(provider), Logger<JobPlanner>(provider)));
        services.AddSingleton(provider => new PlanJob(
            Get<WarmEncoder>(provider), Get<JobResolver>(provider), Get<JobPlanner>(provider), Get<JobFailures>(provider),
            Get<RejectedMessages>(provider)));
        services.AddSingleton(SliceLimits.Default);
        services.AddSingleton(provider => new EncodeShard(
            Get<JobStorage>(provider), Get<SliceLimits>(provider), Get<WarmEncoder>(provider), Get<ManifestCache>(provider),
            Get<ProgressLog>(provider), Get<JobCommit>(provider), Get<JobFailures>(provider), Get<RejectedMessages>(provider), Get<TimeProvider>(provider),
            Logger<EncodeShard>(provider)));
        services.AddSingleton(provider => new RecordPoison(
            Get<WarmEncoder>(provider), Get<JobResolver>(provider), Get<JobFailures>(provider), Get<RejectedMessages>(provider)));
        services.AddSingleton(provider => new Reconcile(
            Get<JobStorage>(provider), Get<WarmEncoder>(provider), Get<JobResolver>(provider), Get<ManifestCache>(provider),
            Get<ProgressLog>(provider), Get<JobCommit>(provider), Get<ShardQueue>(provider), Get<TimeProvider>(provider),
            Logger<Reconcile>(provider)));
        return services;
    }

    private static T Get<T>(IServiceProvider provider)
        where T : notnull => provider.GetRequiredService<T>();

    private static ILogger<T> Logger<T>(IServiceProvider provider) => provider.GetRequiredService<ILogger<T>>();
}
