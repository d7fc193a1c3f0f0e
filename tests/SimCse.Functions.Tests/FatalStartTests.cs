using System.Net;
using System.Net.Sockets;

namespace SimCse.Functions.Tests;

/// <summary>
/// A handler that cannot run says why on standard error, which the host keeps, and ends with a code that is not 0: the host takes 0 for
/// success and never starts the handler again.
/// </summary>
public sealed class FatalStartTests(AppFixture app)
{
    [Fact]
    public Task Without_a_port() => FailsAsync("FUNCTIONS_CUSTOMHANDLER_PORT is not set", settings => settings.Remove(HandlerPort.Setting));

    [Theory]
    [InlineData("web")]
    [InlineData("0")]
    [InlineData("-5")]
    [InlineData("70000")]
    public Task With_a_port_that_is_none(string port) =>
        FailsAsync($"is '{port}'; expected a port from 1 to 65535", settings => settings[HandlerPort.Setting] = port);

    [Fact]
    public Task Without_a_bundle() => FailsAsync(
        "The setting Model__Bundle is missing; expected the folder of a bundle, or in Model__Blob the prefix of one in the container models. `simcse model demo -o DIR` makes an untrained one",
        settings => settings.Remove("Model__Bundle"));

    [Fact]
    public Task With_a_device_that_is_none() => FailsAsync(
        "The setting Inference__Device is 'tpu'; expected auto, cpu, cuda.", settings => settings["Inference__Device"] = "tpu");

    [Fact]
    public Task Without_a_storage_account() => FailsAsync("AzureWebJobsStorage", settings => settings.Remove("AzureWebJobsStorage"));

    [Fact]
    public Task With_a_connection_string_that_is_none() => FailsAsync("cannot run", settings => settings["AzureWebJobsStorage"] = "nonsense");

    [Theory]
    [InlineData("Embed__MaxTexts", "0", "The setting Embed__MaxTexts is 0; expected 1 to 16384.")]
    [InlineData("Embed__MaxTexts", "many", "'many'")]
    [InlineData("Embed__MaxBodyBytes", "100", "The setting Embed__MaxBodyBytes is 100; expected 1024 to 67108864.")]
    [InlineData("Jobs__Dimensions", "0", "The setting Jobs__Dimensions is 0; expected 1 to")]
    [InlineData("Jobs__Normalize", "perhaps", "'perhaps'")]
    public Task With_a_setting_that_is_wrong(string name, string value, string expected) => FailsAsync(expected, settings => settings[name] = value);

    [Fact]
    public async Task With_a_port_that_is_taken()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;

        await FailsAsync("address already in use", settings => settings[HandlerPort.Setting] = $"{port}");
    }

    private async Task FailsAsync(string expected, Action<Dictionary<string, string>> arrange)
    {
        var settings = new Dictionary<string, string>(app.Settings) { [HandlerPort.Setting] = $"{HandlerProcess.FreePort()}" };
        arrange(settings);

        var (exitCode, _, errors) = await HandlerProcess.RunToEndAsync(settings, TestContext.Current.CancellationToken);

        Assert.Equal(1, exitCode);
        Assert.Contains(expected, errors, StringComparison.Ordinal);
        Assert.Single(errors.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }
}
