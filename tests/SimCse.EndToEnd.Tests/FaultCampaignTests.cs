using System.Text.Json;
using SimCse.Testing;

namespace SimCse.EndToEnd.Tests;

/// <summary>The short form of the campaign in docs/testing.md.</summary>
public sealed class FaultCampaignTests
{
    [Fact]
    public async Task Kills_stops_and_spoilt_requests_lose_nothing_and_double_nothing()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The campaign sends signals and finds workers in Linux's /proc; CI runs there.");
        using var folder = new TemporaryFolder();

        var result = await CliProcess.RunAsync(
            ["faults", "--files", "8", "--rows", "8000", "--kills", "3", "--limit", "5", "--json"], folder.Path,
            TestContext.Current.CancellationToken, assembly: CliProcess.Benchmarks);

        Assert.True(result.ExitCode == 0, $"{result.Output}\n{result.Error}");
        using var json = JsonDocument.Parse(result.Output);
        var check = json.RootElement.GetProperty("check");
        Assert.InRange(check.GetProperty("rows").GetInt64() + check.GetProperty("errors").GetInt64(), 7_900, 8_000);
        Assert.InRange(json.RootElement.GetProperty("kills").EnumerateObject().Sum(kind => kind.Value.GetInt32()), 1, 3);
        Assert.InRange(json.RootElement.GetProperty("faults").GetInt32(), 1, int.MaxValue);
    }
}
