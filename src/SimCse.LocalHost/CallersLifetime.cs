using Microsoft.Extensions.Hosting;

namespace SimCse.LocalHost;

/// <summary>Replaces the default lifetime, which would handle Ctrl-C: the owner decides how long a part of the host lives.</summary>
internal sealed class CallersLifetime : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
