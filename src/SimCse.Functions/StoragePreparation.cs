using Azure;
using Azure.Identity;
using SimCse.Jobs.Storage;

namespace SimCse.Functions;

/// <summary>
/// Makes the storage clients and creates containers and queues that are missing, behind the open port: the host's queue listeners wait for
/// queues to appear. An identity that may not do so is no reason to stop, for then they were created with the account; a setting that names
/// no account is.
/// </summary>
internal sealed class StoragePreparation(Lazy<JobStorage> storage, IHostApplicationLifetime lifetime, ILogger<StoragePreparation> logger)
{
    /// <summary>Why the app was stopped; <see langword="null"/> where it was not, or by somebody else.</summary>
    public Exception? Failure { get; private set; }

    public void Start() => _ = Task.Run(RunAsync);

    private async Task RunAsync()
    {
        try
        {
            await storage.Value.EnsureCreatedAsync(lifetime.ApplicationStopping);
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
