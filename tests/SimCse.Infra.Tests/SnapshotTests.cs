namespace SimCse.Infra.Tests;

/// <summary>
/// The committed snapshots are what the templates make. After a change that is meant:
/// <c>SIMCSE_UPDATE_SNAPSHOTS=1 dotnet test --project tests/SimCse.Infra.Tests</c>, then read the difference.
/// </summary>
public sealed class SnapshotTests
{
    private static readonly string Mode = Environment.GetEnvironmentVariable("SIMCSE_UPDATE_SNAPSHOTS") == "1" ? "overwrite" : "validate";

    /// <summary>Names are made of subscription and resource group; these are no one's.</summary>
    internal static readonly string[] Place =
        ["--subscription-id", "00000000-0000-0000-0000-000000000001", "--resource-group", "simcse", "--location", "swedencentral"];

    public static TheoryData<string> Environments => [.. Snapshot.Names];

    [Theory]
    [MemberData(nameof(Environments))]
    public async Task A_snapshot_is_what_the_templates_make(string environment)
    {
        var result = await BicepCli.RunAsync(["snapshot", $"environments/{environment}.bicepparam", "--mode", Mode, .. Place]);

        Assert.True(result.ExitCode == 0, result.Output + result.Messages);
    }

    [Fact]
    public void Every_hosting_choice_has_one() => Assert.Equal(
        ["container-apps", "container-apps-gpu", "container-apps-gpu-private", "elastic-premium", "flex-consumption"], Snapshot.Names);

    [Fact]
    public void The_prediction_had_nothing_to_complain_of() => Assert.All(
        Snapshot.Each, snapshot => Assert.Empty(snapshot.Root.GetProperty("diagnostics").EnumerateArray()));
}
