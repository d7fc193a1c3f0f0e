using Azure;
using Azure.Identity;
using SimCse.Jobs.Storage;

namespace SimCse.Functions;

/// <summary>
/// Creates containers and queues that are missing, behind the open port: the host's queue listeners wait for queues to appear. An identity
/// that may not do so is no reason to stop, for then they were created with the account.
/// </summary>
internal sealed class StoragePreparation(JobStorage storage, ILogger<StoragePreparation> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await storage.EnsureCreatedAsync(stoppingToken);
        }
        catch (Exception e) when (e is RequestFailedException or AuthenticationFailedException or AggregateException)
        {
            Log.StorageNotPrepared(logger, e.Message.Split('\n')[0]);
        }
    }
}
