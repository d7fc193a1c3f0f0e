using SimCse.Functions.Health;
using SimCse.Functions.Model;
using SimCse.Inference;

namespace SimCse.Functions;

/// <summary>
/// Loads the model and prepares storage in the background, once the host knows the functions. An earlier start would delay the first answer
/// without an earlier vector, because loading needs the processors (docs/performance.md, Cold start).
/// </summary>
internal sealed class Startup(
    StartupTimes times, ModelLoader loader, WarmEncoder encoder, StoragePreparation storage) : IHostedLifecycleService
{
    public Task StartingAsync(CancellationToken cancellationToken)
    {
        times.Reached(StartupTimes.Built);
        return Task.CompletedTask;
    }

    public Task StartedAsync(CancellationToken cancellationToken)
    {
        times.Reached(StartupTimes.Listening);
        loader.Start(encoder);
        storage.Start();
        return Task.CompletedTask;
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
