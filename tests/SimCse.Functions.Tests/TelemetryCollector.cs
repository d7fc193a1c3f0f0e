using System.Collections.Concurrent;
using System.IO.Compression;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using SimCse.Testing;

namespace SimCse.Functions.Tests;

/// <summary>
/// Takes what exporters send, OTLP over HTTP and Application Insights' own form. Names in both are plain UTF-8, so that looking for them
/// needs no schema.
/// </summary>
internal sealed class TelemetryCollector : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<(string Path, byte[] Body)> _received = new();

    private TelemetryCollector(int port)
    {
        Address = $"http://127.0.0.1:{port}";
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(Address);
        _app = builder.Build();
        _app.Run(TakeAsync);
    }

    public string Address { get; }

    public static async Task<TelemetryCollector> StartAsync()
    {
        var collector = new TelemetryCollector(FreePort.Find());
        await collector._app.StartAsync(TestContext.Current.CancellationToken);
        return collector;
    }

    /// <summary>Waits until something with these bytes has come to a path that ends so.</summary>
    public Task ReceivedAsync(string path, byte[] bytes, string what) => Eventually.TrueAsync(
        $"{what} at {path}", () => Task.FromResult(Has(path, bytes)), TestContext.Current.CancellationToken);

    public Task ReceivedAsync(string path, string name) => ReceivedAsync(path, Encoding.UTF8.GetBytes(name), name);

    public bool Has(string path, string name) => Has(path, Encoding.UTF8.GetBytes(name));

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    private bool Has(string path, byte[] bytes) =>
        _received.Any(sent => sent.Path.EndsWith(path, StringComparison.Ordinal) && sent.Body.AsSpan().IndexOf(bytes) >= 0);

    private async Task TakeAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await using var content = context.Request.Headers.ContentEncoding == "gzip"
            ? new GZipStream(context.Request.Body, CompressionMode.Decompress)
            : context.Request.Body;
        await content.CopyToAsync(body, context.RequestAborted);
        _received.Enqueue((context.Request.Path, body.ToArray()));
        context.Response.StatusCode = StatusCodes.Status200OK;
    }
}
