using Microsoft.Extensions.Hosting;

namespace SimCse.LocalHost;

/// <summary>Instead of the default, which takes Ctrl-C for itself: a part of the local host lives as long as its owner says.</summary>
internal sealed class CallersLifetime : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
