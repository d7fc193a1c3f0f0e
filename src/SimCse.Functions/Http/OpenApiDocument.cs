using System.Net.Mime;

namespace SimCse.Functions;

/// <summary><c>GET /openapi.json</c>: every HTTP route of this app, from the file of that name in this assembly.</summary>
internal static class OpenApiDocument
{
    public static async Task WriteAsync(HttpContext context)
    {
        context.Response.ContentType = MediaTypeNames.Application.Json;
        await using var document = typeof(OpenApiDocument).Assembly.GetManifestResourceStream("openapi.json")!;
        await document.CopyToAsync(context.Response.Body, context.RequestAborted);
    }
}
