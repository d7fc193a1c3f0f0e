namespace SimCse.Infra.Tests;

/// <summary>What a hosting choice and the image have to agree on.</summary>
public sealed class HostingTests
{
    [Theory]
    [InlineData("container-apps", "Dockerfile")]
    [InlineData("container-apps-gpu", "Dockerfile.gpu")]
    [InlineData("container-apps-gpu-private", "Dockerfile.gpu")]
    public void Container_Apps_reach_the_port_that_the_image_opens(string environment, string file)
    {
        var port = int.Parse(
            Dockerfile.Read(file)[^1].Instructions.Single(instruction => instruction.Name == "EXPOSE").Arguments, System.Globalization.CultureInfo.InvariantCulture);
        var app = Snapshot.Of(environment).App.GetProperty("properties");
        var probes = app.GetProperty("template").GetProperty("containers")[0].GetProperty("probes").EnumerateArray().Select(probe => probe.GetProperty("httpGet")).ToList();

        Assert.Equal(port, app.GetProperty("configuration").GetProperty("ingress").GetProperty("targetPort").GetInt32());
        Assert.Equal("Single", Snapshot.Text(app.GetProperty("configuration"), "activeRevisionsMode"));
        Assert.Equal(2, probes.Count);
        Assert.All(probes, probe => Assert.Equal((port, "/health/live"), (probe.GetProperty("port").GetInt32(), Snapshot.Text(probe, "path"))));
    }

    /// <summary>Without a key, and whatever the model does: the app would be killed while it fetches one.</summary>
    [Fact]
    public void What_a_probe_asks_needs_no_key()
    {
        var trigger = FunctionFiles.Triggers().Single(trigger => trigger.Function == "Health").Binding;

        Assert.Equal(("health/{probe?}", "anonymous"), (Snapshot.Text(trigger, "route"), Snapshot.Text(trigger, "authLevel")));
        Assert.Equal("", FunctionFiles.Host().GetProperty("extensions").GetProperty("http").GetProperty("routePrefix").GetString());
        Assert.Equal("/health/live", Snapshot.Text(Snapshot.Of("elastic-premium").App.GetProperty("properties").GetProperty("siteConfig"), "healthCheckPath"));
    }

    [Fact]
    public void A_site_is_told_its_runtime()
    {
        var premium = Snapshot.Of("elastic-premium").Settings();

        Assert.Equal(("~4", "custom"), (premium["FUNCTIONS_EXTENSION_VERSION"], premium["FUNCTIONS_WORKER_RUNTIME"]));
        Assert.All(
            Snapshot.Each.Where(snapshot => snapshot.IsContainerApp), snapshot => Assert.Equal("custom", snapshot.Settings()["FUNCTIONS_WORKER_RUNTIME"]));

        // Flex has it elsewhere, and what it starts is the self-contained program, for there is no .NET on its instances.
        var flex = Snapshot.Of("flex-consumption").Settings();
        Assert.DoesNotContain("FUNCTIONS_WORKER_RUNTIME", flex.Keys);
        Assert.Equal("SimCse.Functions", flex["AzureFunctionsJobHost__customHandler__description__defaultExecutablePath"]);
    }

    /// <summary>A GPU that is paid for and not used is an error, on a CPU none is looked for.</summary>
    [Fact]
    public void The_device_is_named() => Assert.All(
        Snapshot.Each, snapshot => Assert.Equal(snapshot.Name.Contains("gpu", StringComparison.Ordinal) ? "cuda" : "cpu", snapshot.Settings()["Inference__Device"]));
}
