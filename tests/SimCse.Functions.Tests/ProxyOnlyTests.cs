using System.Net;
using SimCse.Functions.Http;
using SimCse.LocalHost.Worker;
using SimCse.Testing;

namespace SimCse.Functions.Tests;

/// <summary>The app's own port, which every program on the machine can reach.</summary>
public sealed class ProxyOnlyTests(AppFixture app)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("")]
    [InlineData("another")]
    public async Task It_takes_only_what_the_local_host_passes_on(string secret)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The list of a process's ports is read from Linux's /proc; CI runs there.");
        var listening = ListeningPorts.Of(Assert.Single(app.App.Host.Workers).ProcessId);
        Assert.All(listening, socket => Assert.True(socket.Address is "0100007F" or "00000000000000000000000001000000")); // loopback
        var port = Assert.Single(listening.Select(socket => socket.Port).Distinct());

        var answer = await RawHttp.SendAsync(
            port, ["POST /embed HTTP/1.1", "Host: localhost", $"x-ms-invocation-id: {Guid.NewGuid()}", $"{ProxyOnly.Header}: {secret}"],
            Cancellation, """{"inputs": "猫"}""");

        Assert.StartsWith("HTTP/1.1 403 ", answer, StringComparison.Ordinal);
        Assert.Contains("takes requests of the app's host only", answer, StringComparison.Ordinal);
    }

    /// <summary>What a client sends under the header's name counts as little as if it had not been sent.</summary>
    [Fact]
    public async Task Through_the_local_host_everything_is_answered()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri("/embed", UriKind.Relative))
        {
            Content = new StringContent("""{"inputs": "猫"}"""),
        };
        request.Headers.Add(ProxyOnly.Header, "another");

        using var answer = await app.Client.SendAsync(request, Cancellation);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public void Host_and_app_agree_on_the_names() => Assert.Equal(
        (WorkerCommand.ProxySecretVariable, LocalHost.Http.HttpProxy.SecretHeader), (ProxyOnly.Variable, ProxyOnly.Header));
}
