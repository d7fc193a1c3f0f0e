using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace SimCse.Functions.Tests;

public sealed class HostRunTests
{
    [Fact]
    public async Task A_stop_while_the_app_starts_is_no_failure()
    {
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Services.AddHostedService<StoppedWhileStarting>();
        using var app = builder.Build();

        await app.RunUntilStoppedAsync();
    }

    [Fact]
    public async Task A_start_that_gives_up_by_itself_is_a_failure()
    {
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Services.AddHostedService<GivesUp>();
        using var app = builder.Build();

        await Assert.ThrowsAsync<TaskCanceledException>(app.RunUntilStoppedAsync);
    }

    /// <summary>As a web server does that binds its ports when the host's message to stop arrives.</summary>
    private sealed class StoppedWhileStarting(IHostApplicationLifetime lifetime) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken)
        {
            lifetime.StopApplication();
            return Task.Delay(Timeout.Infinite, cancellationToken);
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }

    private sealed class GivesUp : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken) => throw new TaskCanceledException();

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
