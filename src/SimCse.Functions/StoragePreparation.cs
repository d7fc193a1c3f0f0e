using Azure;
using Azure.Identity;
using SimCse.Jobs.State;
using SimCse.Jobs.Storage;

namespace SimCse.Functions;

/// <summary>
/// Makes the storage clients and creates missing containers and queues while the app already listens: the host's queue listeners wait for
/// queues to appear. If the identity may not create them, the app goes on, for then they were created with the account. If a setting names
/// no account, the app stops.
/// </summary>
internal sealed class StoragePreparation(
    Lazy<JobStorage> storage, AppSettings settings, IHostApplicationLifetime lifetime, ILogger<StoragePreparation> logger)
{
    /// <summary>The reason why this class stopped the app; <see langword="null"/> if it did not.</summary>
    public Exception? Failure { get; private set; }

    public void Start() => _ = Task.Run(RunAsync);

    private async Task RunAsync()
    {
        try
        {
            await storage.Value.EnsureCreatedAsync(lifetime.ApplicationStopping);
            await settings.WriteAsync(storage.Value, lifetime.ApplicationStopping);
        }
        catch (Exception e) when (e is RequestFailedException or AuthenticationFailedException or AggregateException)
        {
            Log.StorageNotPrepared(logger, e.Message.Split('\n')[0]);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            Failure = e;
            lifetime.StopApplication();
        }
    }
}
