using System.Text.Json;

namespace SimCse.Functions.Http;

/// <summary>What the app answers, and how it says no: the routes of <c>/openapi.json</c>, and the shape of errors under a path.</summary>
internal static class RouteMap
{
    private static readonly Lazy<(string Path, string[] Methods)[]> Routes = new(Read);

    /// <summary>Also for paths that nothing answers: a client that errs in a path reads errors in its own form, too.</summary>
    public static ErrorShape ShapeOf(PathString path) =>
        path.StartsWithSegments("/v1") || path.StartsWithSegments("/openai") || path.StartsWithSegments("/embeddings") ? ErrorShape.OpenAi
        : path.StartsWithSegments("/api") || path.StartsWithSegments("/openapi.json")
            || (path.StartsWithSegments("/health", out var probe) && probe.HasValue) ? ErrorShape.Own
        : ErrorShape.Tei;

    /// <summary>The answer to a request that no route takes: 405 if its path has another method, otherwise 404 with all routes.</summary>
    public static HttpErrorException Refuse(HttpRequest request)
    {
        var path = request.Path.Value!.TrimEnd('/');
        string[] methods = [.. Routes.Value.Where(route => Matches(route.Path, path)).SelectMany(route => route.Methods).Distinct()];
        if (methods.Length > 0)
        {
            request.HttpContext.Response.Headers.Allow = string.Join(", ", methods);
            return new(
                StatusCodes.Status405MethodNotAllowed,
                $"{request.Path} does not answer {request.Method}; expected {string.Join(" or ", methods)}.");
        }

        return HttpErrorException.NotFound(
            $"Nothing answers {request.Method} {request.Path}. The routes are: " +
            $"{string.Join("; ", Routes.Value.Select(route => $"{string.Join(", ", route.Methods)} {route.Path}"))}.");
    }

    private static bool Matches(string template, string path)
    {
        var (expected, found) = (template.TrimEnd('/').Split('/'), path.Split('/'));
        return expected.Length == found.Length && expected.Zip(found).All(
            pair => pair.First.StartsWith('{') || pair.First.Equals(pair.Second, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>Reads the routes. A path that refers to another one has the same methods.</summary>
    private static (string Path, string[] Methods)[] Read()
    {
        using var document = JsonDocument.Parse(OpenApiFunction.Document());
        var paths = document.RootElement.GetProperty("paths");
        return [.. paths.EnumerateObject().Select(path => (path.Name, Methods(path.Value)))];

        string[] Methods(JsonElement item) => item.TryGetProperty("$ref", out var other)
            ? Methods(paths.GetProperty(other.GetString()!["#/paths/".Length..].Replace("~1", "/", StringComparison.Ordinal)))
            : [.. item.EnumerateObject().SelectMany(operation =>
                operation.Name == "get" ? (string[])[HttpMethods.Get, HttpMethods.Head] : [operation.Name.ToUpperInvariant()])];
    }
}
