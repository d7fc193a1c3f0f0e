using System.Net.Mime;

namespace SimCse.Functions.Http;

/// <summary><c>GET /openapi.json</c>: describes every HTTP route of this app. The file is embedded in this assembly.</summary>
public static class OpenApiFunction
{
    [Function("OpenApi")]
    public static IResult Run([HttpTrigger(AuthorizationLevel.Function, "get", "head", Route = "openapi.json")] HttpRequest request) =>
        TypedResults.Stream(Document(), MediaTypeNames.Application.Json);

    internal static Stream Document() => typeof(OpenApiFunction).Assembly.GetManifestResourceStream("openapi.json")!;
}
