using System.Globalization;
using System.Text.Json;
using SimCse.Jobs.Storage;

namespace SimCse.Infra.Tests;

/// <summary>Instances: how many, on what, and what calls for more of them.</summary>
public sealed class ScaleTests
{
    [Theory]
    [InlineData("container-apps")]
    [InlineData("container-apps-gpu")]
    [InlineData("container-apps-gpu-private")]
    public void Replicas_follow_every_queue_that_has_a_trigger_by_identity(string environment)
    {
        var snapshot = Snapshot.Of(environment);
        var account = Snapshot.Text(snapshot.OfType("Microsoft.Storage/storageAccounts").Single(), "name");
        var rules = Scale(snapshot).GetProperty("rules").EnumerateArray().Where(rule => rule.TryGetProperty("azureQueue", out _)).ToList();

        Assert.Contains(StorageNames.ShardsQueue, rules.Select(Queue));
        Assert.Equal(
            FunctionFiles.Triggers().Where(trigger => Snapshot.Text(trigger.Binding, "type") == "queueTrigger")
                .Select(trigger => Snapshot.Text(trigger.Binding, "queueName")).Order(StringComparer.Ordinal),
            rules.Select(Queue).Order(StringComparer.Ordinal));
        Assert.All(rules, rule =>
        {
            var queue = rule.GetProperty("azureQueue");
            Assert.Equal(BatchSize(snapshot), queue.GetProperty("queueLength").GetInt32());
            Assert.Equal(account, Snapshot.Text(queue, "accountName"));
            Assert.Contains("appId", Snapshot.Text(queue, "identity"), StringComparison.Ordinal);
            Assert.False(queue.TryGetProperty("auth", out _));
        });
        Assert.True(Scale(snapshot).GetProperty("allowScalingRuleOverride").GetBoolean());
    }

    [Theory]
    [InlineData("container-apps-gpu", "Consumption-GPU-NC8as-T4", 8, "56Gi")]
    [InlineData("container-apps-gpu-private", "Consumption-GPU-NC24-A100", 24, "220Gi")]
    [InlineData("container-apps", "Consumption", 4, "8Gi")]
    public void A_replica_takes_its_whole_profile(string environment, string profile, int cpu, string memory)
    {
        var snapshot = Snapshot.Of(environment);
        var app = snapshot.App.GetProperty("properties");
        var profiles = snapshot.OfType("Microsoft.App/managedEnvironments")
            .Single().GetProperty("properties").GetProperty("workloadProfiles");
        var resources = app.GetProperty("template").GetProperty("containers").EnumerateArray().Single().GetProperty("resources");

        Assert.Equal("functionapp", Snapshot.Text(snapshot.App, "kind"));
        Assert.Equal(
            profile,
            profiles.EnumerateArray().Where(x => Snapshot.Text(x, "name") == Snapshot.Text(app, "workloadProfileName"))
                .Select(x => Snapshot.Text(x, "workloadProfileType")).Single());
        Assert.Equal(profile == "Consumption" ? 1 : 4, BatchSize(snapshot)); // a GPU waits for processors that write parts
        Assert.Equal(cpu, resources.GetProperty("cpu").GetInt32());
        Assert.Equal(memory, Snapshot.Text(resources, "memory"));
    }

    [Fact]
    public void Replicas_come_from_zero() => Assert.Equal((0, 4), (
        Scale(Snapshot.Of("container-apps-gpu")).GetProperty("minReplicas").GetInt32(),
        Scale(Snapshot.Of("container-apps-gpu")).GetProperty("maxReplicas").GetInt32()));

    [Fact]
    public void The_premium_plan_has_warm_instances_and_a_limit()
    {
        var snapshot = Snapshot.Of("elastic-premium");
        var plan = snapshot.OfType("Microsoft.Web/serverfarms").Single();
        var site = snapshot.App.GetProperty("properties").GetProperty("siteConfig");

        Assert.Equal(
            ("EP2", "ElasticPremium"), (Snapshot.Text(plan.GetProperty("sku"), "name"), Snapshot.Text(plan.GetProperty("sku"), "tier")));
        Assert.True(plan.GetProperty("properties").GetProperty("reserved").GetBoolean());
        Assert.Equal(20, plan.GetProperty("properties").GetProperty("maximumElasticWorkerCount").GetInt32());
        Assert.Equal(1, site.GetProperty("minimumElasticInstanceCount").GetInt32());
        Assert.StartsWith("[format('DOCKER|{0}'", Snapshot.Text(site, "linuxFxVersion"), StringComparison.Ordinal);
    }

    [Fact]
    public void Flex_Consumption_takes_its_package_by_identity_and_scales_to_forty_instances()
    {
        var config = Snapshot.Of("flex-consumption").App.GetProperty("properties").GetProperty("functionAppConfig");
        var storage = config.GetProperty("deployment").GetProperty("storage");

        Assert.Equal(
            ("blobContainer", "UserAssignedIdentity"),
            (Snapshot.Text(storage, "type"), Snapshot.Text(storage.GetProperty("authentication"), "type")));
        Assert.Equal((4096, 40), (
            config.GetProperty("scaleAndConcurrency").GetProperty("instanceMemoryMB").GetInt32(),
            config.GetProperty("scaleAndConcurrency").GetProperty("maximumInstanceCount").GetInt32()));
    }

    /// <summary>An app with a GPU has a setting of its own, in the place of host.json's.</summary>
    private static int BatchSize(Snapshot snapshot) =>
        snapshot.Settings().TryGetValue("AzureFunctionsJobHost__extensions__queues__batchSize", out var own)
            ? int.Parse(own, CultureInfo.InvariantCulture)
            : FunctionFiles.Host().GetProperty("extensions").GetProperty("queues").GetProperty("batchSize").GetInt32();

    private static JsonElement Scale(Snapshot snapshot) =>
        snapshot.App.GetProperty("properties").GetProperty("template").GetProperty("scale");

    private static string Queue(JsonElement rule) => Snapshot.Text(rule.GetProperty("azureQueue"), "queueName");
}
