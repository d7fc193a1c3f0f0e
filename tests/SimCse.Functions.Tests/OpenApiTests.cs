using System.Text.Json;
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
        ["ZAnythingElse"] = TeiFunctions.Operations.Routes,
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

    /// <summary>The Functions host asks them by their names, whatever their routes are.</summary>
    [Fact]
    public void The_function_for_everything_else_is_the_hosts_last() => Assert.Equal(
        "{*path}", HttpFunctions().OrderBy(function => function.Name, StringComparer.OrdinalIgnoreCase).Last().Route);

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
