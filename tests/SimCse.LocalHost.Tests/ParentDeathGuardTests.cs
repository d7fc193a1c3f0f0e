using System.Diagnostics;
using SimCse.LocalHost.Worker;
using SimCse.Testing;

namespace SimCse.LocalHost.Tests;

public sealed class ParentDeathGuardTests(AzuriteFixture azurite)
{
    [Fact]
    public async Task Kills_the_worker_when_its_parent_is_gone()
    {
        SkipOnWindows();
        using var worker = Process.Start("sleep", "600");
        using var guard = ParentDeathGuard.For(worker.Id)!;

        guard.Lifeline.Close();

        using var limit = new CancellationTokenSource(Eventually.DefaultTimeout);
        await worker.WaitForExitAsync(limit.Token);
        Assert.Equal(128 + 9, worker.ExitCode);
    }

    [Fact]
    public async Task Leaves_everybody_alone_once_disposed()
    {
        SkipOnWindows();
        using var worker = Process.Start("sleep", "600");
        var guard = ParentDeathGuard.For(worker.Id)!;

        guard.Dispose();

        Assert.False(worker.HasExited);
        worker.Kill();
        await worker.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Every_worker_has_one()
    {
        SkipOnWindows();
        await using var app = new TestApp(azurite.ConnectionString, "Web");
        var host = await app.StartAsync();
        var worker = host.Workers[0];

        // The end of this process, as the guard sees it.
        worker.Guard!.Lifeline.Close();

        Assert.Equal(128 + 9, await worker.Exited.WaitAsync(Eventually.DefaultTimeout, TestContext.Current.CancellationToken));
    }

    private static void SkipOnWindows() => Assert.SkipWhen(
        OperatingSystem.IsWindows(), "The guard is a POSIX shell, which Windows does not have; workers outlive a crashed host there.");
}
