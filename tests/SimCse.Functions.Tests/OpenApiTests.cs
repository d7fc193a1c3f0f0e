using System.Text.Json;
using Microsoft.AspNetCore.Routing;

namespace SimCse.Functions.Tests;

/// <summary>The OpenAPI document against what is mapped and against what the host reads.</summary>
public sealed class OpenApiTests(AppFixture app)
{
    [Fact]
    public async Task The_document_holds_exactly_the_routes_that_are_mapped()
    {
        var (_, document) = await app.Client.GetReplyAsync("/openapi.json");
        string[] args = [$"--{HandlerPort.Setting}=1", .. app.Settings.Select(setting => $"--{setting.Key.Replace("__", ":", StringComparison.Ordinal)}={setting.Value}")];
        await using var built = FunctionsApp.Build(args);

        var mapped = ((IEndpointRouteBuilder)built).DataSources.SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()
            .Where(endpoint => !endpoint.RoutePattern.RawText!.Contains('*', StringComparison.Ordinal))
            .SelectMany(endpoint => endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()!.HttpMethods.Select(method => $"{method} {endpoint.RoutePattern.RawText}"))
            .Where(route => !Functions.Any(function => route.Equals($"POST {function}", StringComparison.Ordinal) || route.Equals($"POST /{function}", StringComparison.Ordinal)));

        Assert.Equal(mapped.Order(StringComparer.Ordinal), Described(document).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Every_route_of_the_document_reaches_its_handler_through_a_function()
    {
        var (_, document) = await app.Client.GetReplyAsync("/openapi.json");
        var functions = HttpFunctions().ToArray();

        Assert.All(Described(document), route => Assert.Contains(functions, function => function.Matches(route)));
    }

    /// <summary>Those that the host posts to under their names; they are no part of what users call.</summary>
    private static readonly string[] Functions = ["PlanJob", "EncodeShard", "RecordPlanPoison", "RecordShardPoison", "Reconcile", "Warmup"];

    private static IEnumerable<string> Described(JsonElement document) =>
        from path in document.GetProperty("paths").EnumerateObject()
        from operation in path.Value.EnumerateObject()
        select $"{operation.Name.ToUpperInvariant()} {path.Name}";

    private static IEnumerable<HttpFunction> HttpFunctions() =>
        from file in Directory.EnumerateFiles(HandlerProcess.AppFolder, "function.json", SearchOption.AllDirectories)
        let trigger = JsonDocument.Parse(File.ReadAllText(file)).RootElement.GetProperty("bindings")[0]
        where trigger.GetProperty("type").GetString() == "httpTrigger"
        select new HttpFunction(
            trigger.GetProperty("route").GetString()!, [.. trigger.GetProperty("methods").EnumerateArray().Select(method => method.GetString()!)]);

    private sealed record HttpFunction(string Route, string[] Methods)
    {
        public bool Matches(string route)
        {
            var (method, path) = (route.Split(' ')[0], route.Split(' ')[1].Trim('/').Split('/'));
            var template = Route.Split('/');
            var required = template.Count(part => !part.EndsWith("?}", StringComparison.Ordinal));
            return Methods.Contains(method, StringComparer.OrdinalIgnoreCase) && path.Length >= required && path.Length <= template.Length
                && path.Index().All(part => template[part.Index].StartsWith('{') || template[part.Index] == part.Item);
        }
    }
}
