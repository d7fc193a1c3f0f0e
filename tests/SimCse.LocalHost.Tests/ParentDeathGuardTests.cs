using System.Diagnostics;
using SimCse.Testing;

namespace SimCse.LocalHost.Tests;

public sealed class ParentDeathGuardTests
{
    [Fact]
    public async Task Kills_the_handler_when_its_parent_is_gone()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There is no POSIX shell.");
        using var handler = Process.Start("sleep", "600");
        using var guard = ParentDeathGuard.For(handler.Id)!;

        guard.Lifeline.Close();

        using var limit = new CancellationTokenSource(Eventually.DefaultTimeout);
        await handler.WaitForExitAsync(limit.Token);
        Assert.Equal(128 + 9, handler.ExitCode);
    }

    [Fact]
    public async Task Leaves_everybody_alone_once_disposed()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There is no POSIX shell.");
        using var handler = Process.Start("sleep", "600");
        var guard = ParentDeathGuard.For(handler.Id)!;

        guard.Dispose();

        Assert.False(handler.HasExited);
        handler.Kill();
        await handler.WaitForExitAsync(TestContext.Current.CancellationToken);
    }
}
