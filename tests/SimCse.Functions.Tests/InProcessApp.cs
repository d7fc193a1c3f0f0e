using Microsoft.AspNetCore.Builder;

namespace SimCse.Functions.Tests;

/// <summary>The app inside the test, for what cannot be arranged from outside, such as a model that takes its time.</summary>
internal sealed class InProcessApp : IAsyncDisposable
{
    private readonly WebApplication _app;

    private InProcessApp(WebApplication app, int port)
    {
        _app = app;
        Client = new HttpClient(new OpenApiContract()) { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
    }

    public HttpClient Client { get; }

    public static async Task<InProcessApp> StartAsync(IReadOnlyDictionary<string, string> settings, Action<WebApplicationBuilder> configure)
    {
        var port = HandlerProcess.FreePort();
        string[] args =
        [
            $"--{HandlerPort.Setting}={port}",
            .. settings.Select(setting => $"--{setting.Key.Replace("__", ":", StringComparison.Ordinal)}={setting.Value}"),
        ];
        var app = FunctionsApp.Build(args, configure);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new InProcessApp(app, port);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}
