using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace SimCse.Cli.Tests;

/// <summary>What Qdrant's pages say of its REST interface, as far as loading needs it; no server could be had.</summary>
internal sealed class QdrantServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<Guid, JsonElement> _points = new();
    private JsonElement _vectors;
    private int _requests;

    private QdrantServer()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        _app.MapGet("/collections/{name}", () => _vectors.ValueKind == JsonValueKind.Undefined
            ? Results.NotFound()
            : Results.Json(new { result = new { config = new { @params = new { vectors = _vectors } } }, status = "ok" }));
        _app.MapPut("/collections/{name}", async (HttpRequest request) => _vectors = (await ReadAsync(request)).GetProperty("vectors"));
        _app.MapPut("/collections/{name}/index", async (HttpRequest request) =>
            Indexes.Add((await ReadAsync(request)).GetProperty("field_name").GetString()!));
        _app.MapPut("/collections/{name}/points", UpsertAsync);
        _app.MapPost("/collections/{name}/points/delete", DeleteAsync);
    }

    public Uri Address => new(_app.Urls.First());

    public ConcurrentBag<string> Indexes { get; } = [];

    public IEnumerable<JsonElement> Payloads => _points.Values.Select(point => point.GetProperty("payload"));

    public static async Task<QdrantServer> StartAsync()
    {
        var server = new QdrantServer();
        await server._app.StartAsync(TestContext.Current.CancellationToken);
        return server;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task<IResult> UpsertAsync(HttpRequest request)
    {
        var points = (await ReadAsync(request)).GetProperty("points").EnumerateArray().ToList();
        if (request.Query["wait"] != "true" || points.Count > 256
            || points.Exists(point => point.GetProperty("vector").GetArrayLength() != _vectors.GetProperty("size").GetInt32()))
        {
            return Results.BadRequest();
        }

        if (_requests++ == 0)
        {
            return Results.StatusCode(429);
        }

        points.ForEach(point => _points[point.GetProperty("id").GetGuid()] = point);
        return Results.Json(new { status = "ok" });
    }

    private async Task<IResult> DeleteAsync(HttpRequest request)
    {
        var filter = (await ReadAsync(request)).GetProperty("filter");
        foreach (var (id, point) in _points)
        {
            if (Matches(filter.GetProperty("must")[0], point) && !Matches(filter.GetProperty("must_not")[0], point))
            {
                _points.Remove(id, out _);
            }
        }

        return Results.Json(new { status = "ok" });
    }

    private static bool Matches(JsonElement condition, JsonElement point) =>
        point.GetProperty("payload").GetProperty(condition.GetProperty("key").GetString()!).GetString()
        == condition.GetProperty("match").GetProperty("value").GetString();

    private static async Task<JsonElement> ReadAsync(HttpRequest request) =>
        (await JsonDocument.ParseAsync(request.Body)).RootElement;
}
