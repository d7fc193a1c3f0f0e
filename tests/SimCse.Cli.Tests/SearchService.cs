using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace SimCse.Cli.Tests;

/// <summary>
/// What Azure AI Search documents of itself, as far as loading needs it: it holds an index to its fields and a request to its limits, is
/// busy now and then, and shows replaced documents late.
/// </summary>
internal sealed partial class SearchService : IAsyncDisposable
{
    public const string Key = "geheim";

    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<string, JsonElement> _documents = new();
    private ConcurrentDictionary<string, JsonElement> _shown = new();
    private int _requests;

    private SearchService()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        _app.MapGet(
            "/indexes/{name}", () => Definition.ValueKind == JsonValueKind.Undefined ? Results.NotFound() : Results.Json(Definition));
        _app.MapPut("/indexes/{name}", async (HttpRequest request) => Definition = (await ReadAsync(request)).Body);
        _app.MapPost("/indexes/{name}/docs/index", IndexAsync);
        _app.MapPost("/indexes/{name}/docs/search", SearchAsync);
    }

    public Uri Address => new(_app.Urls.First());

    public JsonElement Definition { get; set; }

    public List<(int Documents, int Bytes)> Batches { get; } = [];

    /// <summary>The documents, by key.</summary>
    public IReadOnlyDictionary<string, JsonElement> Documents => _documents;

    public static async Task<SearchService> StartAsync()
    {
        var service = new SearchService();
        await service._app.StartAsync(TestContext.Current.CancellationToken);
        return service;
    }

    /// <summary>Lets searches see all that was written so far.</summary>
    public void Refresh() => _shown = new(_documents);

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task<IResult> IndexAsync(HttpRequest request)
    {
        var (body, bytes) = await ReadAsync(request);
        var actions = body.GetProperty("value").EnumerateArray().ToList();
        if (request.Headers["api-key"] != Key)
        {
            return Results.StatusCode(403);
        }

        if (actions.Count > 1_000 || bytes > 16_000_000)
        {
            return Results.Json(new { error = new { message = "Too large." } }, statusCode: 413);
        }

        if (_requests++ is 0 or 2)
        {
            return Results.StatusCode(_requests == 1 ? 503 : 429);
        }

        Batches.Add((actions.Count, bytes));
        var results = actions.ConvertAll(action => Apply(action, isBusy: _requests == 2));
        return Results.Json(new { value = results }, statusCode: results.TrueForAll(result => result.status) ? 200 : 207);
    }

    private Result Apply(JsonElement document, bool isBusy)
    {
        var key = document.GetProperty("key").GetString()!;
        var fields = Definition.GetProperty("fields").EnumerateArray().ToDictionary(field => field.GetProperty("name").GetString()!);
        var isDelete = document.GetProperty("@search.action").GetString() == "delete";
        var dimensions = fields["embedding"].GetProperty("dimensions").GetInt32();
        if (!KeyPattern().IsMatch(key) || document.EnumerateObject().Skip(1).Any(property => !fields.ContainsKey(property.Name))
            || (!isDelete && document.GetProperty("embedding").GetArrayLength() != dimensions))
        {
            return new Result(key, false, 400, "It does not fit the index.");
        }

        if (isBusy)
        {
            return new Result(key, false, 503, "The service is busy.");
        }

        if (isDelete)
        {
            _documents.Remove(key, out _);
        }
        else
        {
            _documents[key] = document;
        }

        return new Result(key, true, 200, null);
    }

    private async Task<IResult> SearchAsync(HttpRequest request)
    {
        var query = (await ReadAsync(request)).Body;
        var filter = FilterPattern().Match(query.GetProperty("filter").GetString()!);
        Assert.True(filter.Success);
        return Results.Json(new
        {
            value = _shown.Where(document =>
                    document.Value.GetProperty("source").GetString() == filter.Groups[1].Value.Replace("''", "'", StringComparison.Ordinal)
                    && document.Value.GetProperty("job").GetString() != filter.Groups[2].Value
                    && string.CompareOrdinal(document.Key, filter.Groups[3].Value) > 0)
                .OrderBy(document => document.Key, StringComparer.Ordinal).Take(query.GetProperty("top").GetInt32())
                .Select(document => document.Value),
        });
    }

    private static async Task<(JsonElement Body, int Bytes)> ReadAsync(HttpRequest request)
    {
        Assert.Equal("?api-version=2024-07-01", request.QueryString.Value);
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body);
        return (JsonElement.Parse(body.ToArray()), (int)body.Length);
    }

    [GeneratedRegex("^[A-Za-z0-9=-][A-Za-z0-9_=-]*$")]
    private static partial Regex KeyPattern();

    [GeneratedRegex("^source eq '((?:[^']|'')*)' and job ne '([^']*)' and key gt '([^']*)'$")]
    private static partial Regex FilterPattern();

#pragma warning disable IDE1006, SA1300 // the names of the service
    private sealed record Result(string key, bool status, int statusCode, string? errorMessage);
#pragma warning restore IDE1006, SA1300
}
