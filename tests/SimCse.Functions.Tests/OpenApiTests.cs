using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Constraints;
using Microsoft.Extensions.DependencyInjection;
using SimCse.Functions.Health;
using SimCse.Functions.Jobs;
using SimCse.Functions.OpenAi;
using SimCse.Functions.Tei;

namespace SimCse.Functions.Tests;

/// <summary>The OpenAPI document against what the worker tells the host and what its functions tell apart.</summary>
public sealed class OpenApiTests(AppFixture app)
{
    /// <summary>The functions that answer under several paths.</summary>
    private static readonly Dictionary<string, IEnumerable<string>> Operations = new()
    {
        ["Jobs"] = JobsFunction.Operations.Routes,
        ["Health"] = HealthFunction.Operations.Routes,
        ["Models"] = ModelsFunction.Operations.Routes,
        ["ModelsOpenAi"] = ModelsFunction.Operations.Routes.Select(route => route.Replace("/v1", "/openai/v1", StringComparison.Ordinal)),
        ["ModelsAzure"] = ModelsFunction.Operations.Routes.Select(route => route.Replace("/v1", "/openai", StringComparison.Ordinal)),
        ["EmbedRoot"] = TeiFunctions.Operations.Routes,
        ["ZAnythingElse"] = [],
    };

    [Fact]
    public async Task The_document_holds_exactly_the_routes_of_the_functions()
    {
        var (_, document) = await app.Client.GetReplyAsync("/openapi.json");

        var routes = HttpFunctions().SelectMany(
            function => Operations.GetValueOrDefault(function.Name)
                ?? function.Methods.Where(method => method != "HEAD").Select(method => $"{method} /{function.Route}"));

        Assert.Equal(routes.Order(StringComparer.Ordinal), Described(document).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void What_a_function_tells_apart_reaches_it() => Assert.All(
        Operations.SelectMany(function => function.Value.Select(route => (function.Key, Route: route))),
        operation =>
            Assert.True(HttpFunctions().Single(function => function.Name == operation.Key).Matches(operation.Route), operation.Route));

    [Fact]
    public void Head_is_answered_wherever_get_is() => Assert.All(
        HttpFunctions(), function => Assert.Equal(function.Methods.Contains("GET"), function.Methods.Contains("HEAD")));

    /// <summary>
    /// The Functions host tries routes one after the other, in the order of the functions' names, with the routes of ASP.NET Core that were
    /// before endpoints (WebScriptHostHttpRoutesManager.cs of Azure/azure-functions-host at 89dc438d).
    /// </summary>
    [Theory]
    [InlineData("POST", "/v1/embeddings", "Embeddings")]
    [InlineData("POST", "/openai/deployments/a/embeddings", "EmbeddingsDeployment")]
    [InlineData("HEAD", "/v1/models", "Models")]
    [InlineData("GET", "/v1/models/a/b", "Models")]
    [InlineData("POST", "/", "EmbedRoot")]
    [InlineData("GET", "/", "EmbedRoot")]
    [InlineData("GET", "/health", "Health")]
    [InlineData("POST", "/api/jobs/a/retry", "Jobs")]
    [InlineData("GET", "/v1/embeddings", "ZAnythingElse")]
    [InlineData("GET", "/favicon.ico", "ZAnythingElse")]
    [InlineData("POST", "/a/b/c/d", "ZAnythingElse")]
    [InlineData("GET", "/admin/warmup", null)] // the host's own, which it tries last
    [InlineData("GET", "/Admin/warmup", null)]
    [InlineData("POST", "//v1/embeddings", null)]
    public async Task The_Functions_host_finds_the_same_functions(string method, string path, string? expected)
    {
        await using var services = new ServiceCollection().AddLogging().AddRouting().BuildServiceProvider();
        var routes = new RouteCollection();
        foreach (var function in HttpFunctions().OrderBy(function => function.Name, StringComparer.OrdinalIgnoreCase))
        {
            routes.Add(new Route(
                new RouteHandler(_ => Task.CompletedTask), function.Name, function.Route, [],
                new Dictionary<string, object> { ["httpMethod"] = new HttpMethodRouteConstraint(function.Methods) },
                new RouteValueDictionary { ["function"] = function.Name }, services.GetRequiredService<IInlineConstraintResolver>()));
        }

        var context = new RouteContext(new DefaultHttpContext { RequestServices = services });
        (context.HttpContext.Request.Method, context.HttpContext.Request.Path) = (method, path);
        await routes.RouteAsync(context);

        Assert.Equal(expected, context.Handler is null ? null : context.RouteData.DataTokens["function"]);
    }

    private static IEnumerable<string> Described(JsonElement document) =>
        from path in document.GetProperty("paths").EnumerateObject()
        from operation in OpenApiContract.Resolve(path.Name).Keys
        where operation is "get" or "post"
        select $"{operation.ToUpperInvariant()} {path.Name}";

    private IEnumerable<HttpFunction> HttpFunctions() =>
        from function in app.App.Host.Functions
        let trigger = JsonDocument.Parse(function.Source.RawBindings[0]).RootElement
        where trigger.GetProperty("type").GetString() == "httpTrigger"
        select new HttpFunction(
            function.Name, trigger.GetProperty("route").GetString()!,
            [.. trigger.GetProperty("methods").EnumerateArray().Select(method => method.GetString()!.ToUpperInvariant())]);

    private sealed record HttpFunction(string Name, string Route, string[] Methods)
    {
        public bool Matches(string route)
        {
            var (method, path) = (route.Split(' ')[0], route.Split(' ')[1].Trim('/').Split('/'));
            var template = Route.Split('/');
            var required = template.Count(part => !part.StartsWith("{*", StringComparison.Ordinal)
                && !part.EndsWith("?}", StringComparison.Ordinal));
            return Methods.Contains(method) && path.Length >= required && path.Length <= template.Length
                && path.Index().All(part => template[part.Index].StartsWith('{') || template[part.Index] == part.Item);
        }
    }
}
