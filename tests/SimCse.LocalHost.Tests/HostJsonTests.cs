using Azure.Storage.Queues;
using Microsoft.Azure.WebJobs.Host;
using Microsoft.Extensions.Configuration;
using SimCse.LocalHost.App;
using SimCse.Testing;

namespace SimCse.LocalHost.Tests;

public sealed class HostJsonTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Dictionary<string, string> _settings = [];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Defaults_are_those_of_the_host()
    {
        var host = Load("""{ "version": "2.0" }""");

        Assert.Equal("api", host.RoutePrefix);
        Assert.Equal(TimeSpan.FromMinutes(30), host.FunctionTimeout);
        Assert.Equal(QueueMessageEncoding.Base64, host.MessageEncoding);
        Assert.Equal((16, 5), (Queues(host).BatchSize, Queues(host).MaxDequeueCount));
    }

    [Fact]
    public void Values_come_from_the_file_and_settings_go_before_it()
    {
        _settings["AzureFunctionsJobHost__extensions__queues__batchSize"] = "3";
        _settings["AzureFunctionsJobHost__functionTimeout"] = "-1";

        var host = Load("""
            { "version": "2.0", // comments are allowed
              "functionTimeout": "00:10:00",
              "extensions": { "http": { "routePrefix": "" }, "queues": { "batchSize": 1, "newBatchThreshold": 0, "messageEncoding": "none", "visibilityTimeout": "00:00:05" } } }
            """);

        Assert.Equal("", host.RoutePrefix);
        Assert.Null(host.FunctionTimeout);
        Assert.Equal((3, 0), (Queues(host).BatchSize, Queues(host).NewBatchThreshold));
        Assert.Equal(QueueMessageEncoding.None, host.MessageEncoding);
        Assert.Equal(TimeSpan.FromSeconds(5), Queues(host).VisibilityTimeout);
    }

    [Theory]
    [InlineData("""{ "version": "1.0" }""", "version is '1.0', expected \"2.0\"")]
    [InlineData("{ broken", "cannot be used")]
    [InlineData("""{ "version": "2.0", "functionTimeout": "soon" }""", "functionTimeout is 'soon', expected hh:mm:ss or -1")]
    [InlineData("""{ "version": "2.0", "extensions": { "queues": { "batchSize": 33 } } }""", "extensions.queues.batchSize is '33', which the storage extension refuses")]
    [InlineData("""{ "version": "2.0", "extensions": { "queues": { "maxPollingInterval": "00:00:00.05" } } }""", "MaxPollingInterval must not be less than 00:00:00.1")]
    [InlineData("""{ "version": "2.0", "extensions": { "queues": { "messageEncoding": "utf8" } } }""", "extensions.queues.messageEncoding is 'utf8'")]
    [InlineData("""{ "version": "2.0", "extensions": { "queues": { "maxDequeueCount": "many" } } }""", "extensions.queues.maxDequeueCount is 'many'")]
    public void What_the_host_refuses_is_named(string json, string message)
        => Assert.Contains(message, Assert.Throws<LocalHostException>(() => Load(json)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_folder_without_host_json_is_no_app()
        => Assert.Contains(
            "There is no host.json",
            Assert.Throws<LocalHostException>(() => HostJson.Load(_folder.Path, new AppSettings(_settings))).Message,
            StringComparison.Ordinal);

    private static QueuesOptions Queues(HostJson host)
    {
        var options = new QueuesOptions();
        host.Queues.Bind(options);
        return options;
    }

    private HostJson Load(string json)
    {
        File.WriteAllText(_folder["host.json"], json);
        return HostJson.Load(_folder.Path, new AppSettings(_settings));
    }
}
