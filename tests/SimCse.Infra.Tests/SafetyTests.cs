using System.Text.Json;
using System.Text.RegularExpressions;

namespace SimCse.Infra.Tests;

/// <summary>No keys, no public blobs, nothing but HTTPS.</summary>
public sealed partial class SafetyTests
{
    [Fact]
    public void The_storage_account_takes_no_keys_and_shows_nothing() => Assert.All(Snapshot.Each, snapshot =>
    {
        var account = snapshot.OfType("Microsoft.Storage/storageAccounts").Single().GetProperty("properties");
        Assert.False(account.GetProperty("allowSharedKeyAccess").GetBoolean());
        Assert.False(account.GetProperty("allowBlobPublicAccess").GetBoolean());
        Assert.True(account.GetProperty("supportsHttpsTrafficOnly").GetBoolean());
        Assert.Equal("TLS1_2", Snapshot.Text(account, "minimumTlsVersion"));
        Assert.True(account.GetProperty("defaultToOAuthAuthentication").GetBoolean());
        Assert.False(account.GetProperty("allowCrossTenantReplication").GetBoolean());
    });

    [Fact]
    public void Deleted_blobs_and_containers_can_be_restored() => Assert.All(Snapshot.Each, snapshot =>
    {
        var blobs = snapshot.OfType("Microsoft.Storage/storageAccounts/blobServices").Single().GetProperty("properties");
        Assert.All((string[])["deleteRetentionPolicy", "containerDeleteRetentionPolicy"], policy =>
        {
            Assert.True(blobs.GetProperty(policy).GetProperty("enabled").GetBoolean());
            Assert.Equal(7, blobs.GetProperty(policy).GetProperty("days").GetInt32());
        });
    });

    [Fact]
    public void Registry_and_telemetry_take_identities_only() => Assert.All(Snapshot.Each, snapshot =>
    {
        var registry = snapshot.OfType("Microsoft.ContainerRegistry/registries").Single().GetProperty("properties");
        Assert.False(registry.GetProperty("adminUserEnabled").GetBoolean());
        Assert.False(registry.GetProperty("anonymousPullEnabled").GetBoolean());
        var workspace = snapshot.OfType("Microsoft.OperationalInsights/workspaces").Single();
        Assert.True(workspace.GetProperty("properties").GetProperty("features").GetProperty("disableLocalAuth").GetBoolean());
        var insights = snapshot.OfType("Microsoft.Insights/components").Single().GetProperty("properties");
        Assert.True(insights.GetProperty("DisableLocalAuth").GetBoolean());
        Assert.Equal(Snapshot.Text(workspace, "id"), Snapshot.Text(insights, "WorkspaceResourceId"));
    });

    /// <summary>Where a setting or a property would do with a key or a password in place of the identity.</summary>
    [Fact]
    public void The_app_is_itself_towards_storage_registry_telemetry_and_logs() => Assert.All(Snapshot.Each, snapshot =>
    {
        var (settings, app) = (snapshot.Settings(), snapshot.App.GetProperty("properties"));
        Assert.Equal("managedidentity", settings["AzureWebJobsStorage__credential"]);
        Assert.Contains("Authorization=AAD", settings["APPLICATIONINSIGHTS_AUTHENTICATION_STRING"], StringComparison.Ordinal);
        Assert.Equal("UserAssigned", Snapshot.Text(snapshot.App.GetProperty("identity"), "type"));
        if (snapshot.IsContainerApp)
        {
            Assert.Matches(
                @"^\[reference\(.*\)\.outputs\.appId\.value\]$",
                Snapshot.Text(app.GetProperty("configuration").GetProperty("registries").EnumerateArray().Single(), "identity"));
            var environment = snapshot.OfType("Microsoft.App/managedEnvironments").Single().GetProperty("properties");
            Assert.Equal("azure-monitor", Snapshot.Text(environment.GetProperty("appLogsConfiguration"), "destination"));
        }
        else if (snapshot.Name == "elastic-premium")
        {
            Assert.True(app.GetProperty("siteConfig").GetProperty("acrUseManagedIdentityCreds").GetBoolean());
            Assert.Equal("Disabled", Snapshot.Text(app.GetProperty("siteConfig"), "ftpsState"));
        }
    });

    [Fact]
    public void The_app_speaks_HTTPS_only() => Assert.All(Snapshot.Each, snapshot =>
    {
        var app = snapshot.App.GetProperty("properties");
        if (snapshot.IsContainerApp)
        {
            Assert.False(app.GetProperty("configuration").GetProperty("ingress").GetProperty("allowInsecure").GetBoolean());
            return;
        }

        Assert.True(app.GetProperty("httpsOnly").GetBoolean());
        Assert.Equal("1.2", Snapshot.Text(app.GetProperty("siteConfig"), "minTlsVersion"));
        Assert.Equal("1.2", Snapshot.Text(app.GetProperty("siteConfig"), "scmMinTlsVersion"));
        var publishing = snapshot.OfType("Microsoft.Web/sites/basicPublishingCredentialsPolicies").ToList();
        Assert.Equal(2, publishing.Count);
        Assert.All(publishing, policy => Assert.False(policy.GetProperty("properties").GetProperty("allow").GetBoolean()));
    });

    [Theory]
    [InlineData("container-apps-gpu")]
    [InlineData("container-apps-gpu-private")]
    public void A_GPU_app_is_reached_from_inside_only(string environment)
    {
        var snapshot = Snapshot.Of(environment);
        Assert.False(
            snapshot.App.GetProperty("properties").GetProperty("configuration")
                .GetProperty("ingress").GetProperty("external").GetBoolean());
        Assert.Equal(
            "Disabled",
            Snapshot.Text(snapshot.OfType("Microsoft.App/managedEnvironments").Single().GetProperty("properties"), "publicNetworkAccess"));
    }

    [Fact]
    public void Private_networking_closes_the_account_and_leads_to_it_by_name()
    {
        var snapshot = Snapshot.Of("container-apps-gpu-private");
        var rules = snapshot.OfType("Microsoft.Storage/storageAccounts").Single().GetProperty("properties").GetProperty("networkAcls");

        Assert.Equal(("Deny", "AzureServices"), (Snapshot.Text(rules, "defaultAction"), Snapshot.Text(rules, "bypass")));
        Assert.Equal(["203.0.113.7"], rules.GetProperty("ipRules").EnumerateArray().Select(rule => Snapshot.Text(rule, "value")));
        Assert.Equal(
            ["blob", "queue", "registry"],
            snapshot.OfType("Microsoft.Network/privateEndpoints").Select(
                endpoint => endpoint.GetProperty("properties").GetProperty("privateLinkServiceConnections")
                .EnumerateArray().Single().GetProperty("properties").GetProperty("groupIds").EnumerateArray().Single().GetString()));
        Assert.Equal(3, snapshot.OfType("Microsoft.Network/privateEndpoints/privateDnsZoneGroups").Count());
        var links = snapshot.OfType("Microsoft.Network/privateDnsZones/virtualNetworkLinks").ToList();
        Assert.Equal(3, links.Count);
        Assert.All(links, link => Assert.False(link.GetProperty("properties").GetProperty("registrationEnabled").GetBoolean()));
        Assert.Equal(
            [
                "[format('privatelink.blob.{0}', environment().suffixes.storage)]",
                "[format('privatelink.queue.{0}', environment().suffixes.storage)]",
                "[format('privatelink{0}', environment().suffixes.acrLoginServer)]",
            ],
            snapshot.OfType("Microsoft.Network/privateDnsZones").Select(zone => Snapshot.Text(zone, "name")));
        Assert.Equal(
            "Premium", Snapshot.Text(snapshot.OfType("Microsoft.ContainerRegistry/registries").Single().GetProperty("sku"), "name"));
    }

    [Fact]
    public void No_template_asks_for_a_key_or_holds_a_secret()
    {
        foreach (var path in Directory.EnumerateFiles(BicepCli.Folder, "*", SearchOption.AllDirectories))
        {
            var text = File.ReadAllText(path);
            Assert.False(KeyPattern().IsMatch(text), $"{path}: {KeyPattern().Match(text).Value}");
        }
    }

    [Fact]
    public void The_pattern_for_secrets_finds_some() => Assert.All(
        ["listKeys(account.id)", "account.listKeys()", "AccountKey=abc", "sharedKey: " +
            "'x'", "SharedAccessSignature=sv", "@secure()", "name: 'AzureWebJobsStorage'"],
        text => Assert.Matches(KeyPattern(), text));

    /// <summary>A function of ARM, a part of a connection string, or a parameter that would hold a secret.</summary>
    [GeneratedRegex(
        @"listKeys|listCredentials|listAccountSas|listServiceSas|AccountKey=|sharedKey\b|SharedAccessSignature|@secure\(|securestring|" +
        @"""?name""?: *['""]AzureWebJobsStorage['""]",
        RegexOptions.IgnoreCase)]
    private static partial Regex KeyPattern();

    [Fact]
    public void No_output_is_a_connection_string() => Assert.All(Snapshot.Each, snapshot => Assert.All(
        snapshot.Root.GetProperty("outputs").EnumerateObject(),
        output => Assert.DoesNotContain("connectionString", JsonSerializer.Serialize(output.Value), StringComparison.OrdinalIgnoreCase)));

    [Fact]
    public void Everything_that_can_carry_tags_is_marked_as_ours() => Assert.All(Snapshot.Each, snapshot => Assert.All(
        snapshot.Resources.Where(resource => resource.TryGetProperty("location", out _)),
        resource => Assert.Equal("simcse-functions", Snapshot.Text(resource.GetProperty("tags"), "application"))));
}
