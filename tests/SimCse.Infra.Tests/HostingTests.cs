namespace SimCse.Infra.Tests;

/// <summary>What a hosting choice and the image have to agree on.</summary>
public sealed class HostingTests
{
    private static readonly string Runtime = FunctionFiles.Runtime();

    [Theory]
    [InlineData("container-apps", "Dockerfile")]
    [InlineData("container-apps-gpu", "Dockerfile.gpu")]
    [InlineData("container-apps-gpu-private", "Dockerfile.gpu")]
    public void Container_Apps_reach_the_port_that_the_image_opens(string environment, string file)
    {
        var port = int.Parse(
            Dockerfile.Read(file)[^1].Instructions.Single(instruction => instruction.Name == "EXPOSE").Arguments,
            System.Globalization.CultureInfo.InvariantCulture);
        var app = Snapshot.Of(environment).App.GetProperty("properties");
        var probes = app.GetProperty("template").GetProperty("containers")[0]
            .GetProperty("probes").EnumerateArray().Select(probe => probe.GetProperty("httpGet")).ToList();

        Assert.Equal(port, app.GetProperty("configuration").GetProperty("ingress").GetProperty("targetPort").GetInt32());
        Assert.Equal("Single", Snapshot.Text(app.GetProperty("configuration"), "activeRevisionsMode"));
        Assert.Equal(2, probes.Count);
        Assert.All(
            probes, probe => Assert.Equal((port, "/health/live"), (probe.GetProperty("port").GetInt32(), Snapshot.Text(probe, "path"))));
    }

    /// <summary>By the platform, since it answers a browser's question before the app is asked.</summary>
    [Fact]
    public void Web_pages_are_let_in_where_their_origin_is_named() => Assert.All(Snapshot.Each, snapshot =>
    {
        var properties = snapshot.App.GetProperty("properties");
        var found = snapshot.IsContainerApp
            ? properties.GetProperty("configuration").GetProperty("ingress").TryGetProperty("corsPolicy", out var policy)
            : properties.GetProperty("siteConfig").TryGetProperty("cors", out policy);
        var origins = found && policy.ValueKind == System.Text.Json.JsonValueKind.Object
            ? policy.GetProperty("allowedOrigins").EnumerateArray().Select(origin => origin.GetString()!).ToList()
            : [];
        Assert.Equal(snapshot.Name is "container-apps" or "elastic-premium" ? ["https://app.example.com"] : [], origins);
    });

    /// <summary>Without a key, and whatever the model does: the app would be killed while it fetches one.</summary>
    [Fact]
    public void What_a_probe_asks_needs_no_key()
    {
        var trigger = FunctionFiles.Triggers().Single(trigger => trigger.Function == "Health").Binding;

        Assert.Equal(("health/{probe?}", "Anonymous"), (Snapshot.Text(trigger, "route"), Snapshot.Text(trigger, "authLevel")));
        Assert.Equal("", FunctionFiles.Host().GetProperty("extensions").GetProperty("http").GetProperty("routePrefix").GetString());
        Assert.Equal(
            "/health/live",
            Snapshot.Text(Snapshot.Of("elastic-premium").App.GetProperty("properties").GetProperty("siteConfig"), "healthCheckPath"));
    }

    [Fact]
    public void The_host_is_told_its_worker()
    {
        var premium = Snapshot.Of("elastic-premium").Settings();
        Assert.Equal(("~4", Runtime), (premium["FUNCTIONS_EXTENSION_VERSION"], premium["FUNCTIONS_WORKER_RUNTIME"]));
        Assert.All(
            Snapshot.Each.Where(snapshot => snapshot.IsContainerApp), snapshot =>
                Assert.Equal(Runtime, snapshot.Settings()["FUNCTIONS_WORKER_RUNTIME"]));

        // Flex is told in functionAppConfig, and the setting would be a second word on the same.
        var flex = Snapshot.Of("flex-consumption");
        var runtime = flex.App.GetProperty("properties").GetProperty("functionAppConfig").GetProperty("runtime");
        Assert.Equal((Runtime, FunctionFiles.DotNetVersion()), (Snapshot.Text(runtime, "name"), Snapshot.Text(runtime, "version")));
        Assert.DoesNotContain("FUNCTIONS_WORKER_RUNTIME", flex.Settings().Keys);
    }

    /// <summary>
    /// Warm workers of the platform end with SIGSEGV on .NET 10; the number stands beside the setting, to be looked up one day.
    /// </summary>
    [Fact]
    public void Flex_Consumption_starts_a_worker_of_its_own()
    {
        Assert.Equal("0", Snapshot.Of("flex-consumption").Settings()["WEBSITE_USE_PLACEHOLDER_DOTNETISOLATED"]);
        Assert.Contains(
            "azure-functions-dotnet-worker/issues/3335",
            File.ReadAllText(Path.Combine(BicepCli.Folder, "modules", "hosting", "flexConsumption.bicep")), StringComparison.Ordinal);
        Assert.All(
            Snapshot.Each.Where(snapshot => snapshot.Name != "flex-consumption"), // images have no such pool
            snapshot => Assert.DoesNotContain("WEBSITE_USE_PLACEHOLDER_DOTNETISOLATED", snapshot.Settings().Keys));
    }

    [Theory]
    [InlineData("Dockerfile")]
    [InlineData("Dockerfile.gpu")]
    public void The_image_is_for_the_same_worker_and_its_NET(string file)
    {
        var final = Dockerfile.Read(file)[^1];

        Assert.Equal(Runtime, Dockerfile.EnvironmentOf(final)["FUNCTIONS_WORKER_RUNTIME"]);
        Assert.EndsWith($"/{Runtime}:4-{Runtime}{FunctionFiles.DotNetVersion()}", final.Base, StringComparison.Ordinal);
    }

    /// <summary>For an isolated app the host takes extensions from the app alone, but would download a bundle first.</summary>
    [Fact]
    public void The_host_is_asked_for_no_extension_bundle() => Assert.False(FunctionFiles.Host().TryGetProperty("extensionBundle", out _));

    /// <summary>A GPU that is paid for and not used is an error, on a CPU none is looked for.</summary>
    [Fact]
    public void The_device_is_named() => Assert.All(
        Snapshot.Each,
        snapshot => Assert.Equal(
            snapshot.Name.Contains("gpu", StringComparison.Ordinal) ? "cuda" : "cpu", snapshot.Settings()["Inference__Device"]));
}
