using System.Net.Mime;

namespace SimCse.Functions.Http;

/// <summary><c>GET /openapi.json</c>: every HTTP route of this app, from the file of that name in this assembly.</summary>
public static class OpenApiFunction
{
    [Function("OpenApi")]
    public static IResult Run([HttpTrigger(AuthorizationLevel.Function, "get", Route = "openapi.json")] HttpRequest request) =>
        TypedResults.Stream(typeof(OpenApiFunction).Assembly.GetManifestResourceStream("openapi.json")!, MediaTypeNames.Application.Json);
}
