using SimCse.Testing;

namespace SimCse.LocalHost.Tests;

public sealed class HostJsonTests : IDisposable
{
    private const string Handler = "\"customHandler\": { \"description\": { \"defaultExecutablePath\": \"handler\" } }";

    private readonly TemporaryFolder _folder = new();
    private readonly Dictionary<string, string> _settings = [];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Defaults_are_those_of_the_host()
    {
        var host = Load($$"""{ "version": "2.0", {{Handler}} }""");

        Assert.Equal("api", host.RoutePrefix);
        Assert.Equal(TimeSpan.FromMinutes(30), host.FunctionTimeout);
        Assert.Equal(TimeSpan.FromSeconds(30), host.CustomHandler.InitializationTimeout);
        Assert.False(host.CustomHandler.EnableForwardingHttpRequest || host.CustomHandler.EnableProxyingHttpRequest);
        Assert.Equal((16, 5), (host.Queues.BatchSize, host.Queues.MaxDequeueCount));
        Assert.Equal(8 * Environment.ProcessorCount, host.Queues.EffectiveNewBatchThreshold);
        Assert.Equal((TimeSpan.FromMinutes(1), TimeSpan.Zero), (host.Queues.MaxPollingInterval, host.Queues.VisibilityTimeout));
        Assert.Equal(MessageEncoding.Base64, host.Queues.MessageEncoding);
    }

    [Fact]
    public void Values_come_from_the_file_and_settings_go_before_it()
    {
        _settings["AzureFunctionsJobHost__extensions__queues__batchSize"] = "3";
        _settings["AzureFunctionsJobHost__functionTimeout"] = "-1";

        var host = Load($$"""
            { "version": "2.0", {{Handler}}, // comments are allowed
              "functionTimeout": "00:10:00",
              "extensions": { "http": { "routePrefix": "" }, "queues": { "batchSize": 1, "newBatchThreshold": 0, "messageEncoding": "none", "visibilityTimeout": "00:00:05" } } }
            """);

        Assert.Equal("", host.RoutePrefix);
        Assert.Null(host.FunctionTimeout);
        Assert.Equal((3, 0), (host.Queues.BatchSize, host.Queues.EffectiveNewBatchThreshold));
        Assert.Equal(MessageEncoding.None, host.Queues.MessageEncoding);
        Assert.Equal(TimeSpan.FromSeconds(5), host.Queues.VisibilityTimeout);
    }

    [Theory]
    [InlineData("{ \"version\": \"1.0\" }", "version is '1.0', expected \"2.0\"")]
    [InlineData("{ \"version\": \"2.0\" }", "customHandler.description.defaultExecutablePath is missing")]
    [InlineData("{ broken", "cannot be used")]
    [InlineData("{ \"version\": \"2.0\", " + Handler + ", \"functionTimeout\": \"soon\" }", "functionTimeout is 'soon', expected hh:mm:ss or -1")]
    [InlineData("{ \"version\": \"2.0\", " + Handler + ", \"extensions\": { \"queues\": { \"batchSize\": 33 } } }", "extensions.queues.batchSize is 33; the Functions host accepts 1 to 32")]
    [InlineData("{ \"version\": \"2.0\", " + Handler + ", \"extensions\": { \"queues\": { \"maxPollingInterval\": \"00:00:00.05\" } } }", "maxPollingInterval is 00:00:00.0500000")]
    [InlineData("{ \"version\": \"2.0\", " + Handler + ", \"extensions\": { \"queues\": { \"messageEncoding\": \"utf8\" } } }", "utf8 is not a valid value for MessageEncoding")]
    public void What_the_host_refuses_is_named(string json, string message)
        => Assert.Contains(message, Assert.Throws<LocalHostException>(() => Load(json)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_folder_without_host_json_is_no_app()
        => Assert.Contains(
            "There is no host.json",
            Assert.Throws<LocalHostException>(() => HostJson.Load(_folder.Path, new AppSettings(_settings))).Message,
            StringComparison.Ordinal);

    private HostJson Load(string json)
    {
        File.WriteAllText(_folder["host.json"], json);
        return HostJson.Load(_folder.Path, new AppSettings(_settings));
    }
}
