using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace SimCse.LocalHost.Tests.Worker;

/// <summary>Functions that are triggered by requests; each records them under its own name.</summary>
public sealed class HttpFunctions(Recorder recorder)
{
    [Function("Web")]
    public Task WebAsync([HttpTrigger(AuthorizationLevel.Anonymous)] HttpRequest request, FunctionContext context) =>
        RunAsync(request, context);

    [Function("Item")]
    public Task ItemAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "patch", Route = "items/{id:int}")] HttpRequest request, FunctionContext context)
        => RunAsync(request, context);

    [Function("Named")]
    public Task NamedAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "named/{name}")] HttpRequest request, FunctionContext context)
        => RunAsync(request, context);

    [Function("Files")]
    public Task FilesAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, Route = "files/{*path}")] HttpRequest request, FunctionContext context)
        => RunAsync(request, context);

    [Function("Keyed")]
    public Task KeyedAsync([HttpTrigger] HttpRequest request, FunctionContext context) => RunAsync(request, context);

    [Function("Admin")]
    public Task AdminAsync([HttpTrigger(AuthorizationLevel.Admin)] HttpRequest request, FunctionContext context) =>
        RunAsync(request, context);

    /// <summary>Its route comes from a setting, which workers know nothing of.</summary>
    [Function("Routed")]
    public Task RoutedAsync([HttpTrigger(AuthorizationLevel.Anonymous, Route = "%ROUTE%")] HttpRequest request, FunctionContext context)
        => RunAsync(request, context);

    private async Task RunAsync(HttpRequest request, FunctionContext context)
    {
        var name = context.FunctionDefinition.Name;
        var body = new MemoryStream();
        if (Answer.For(recorder.Folder, name, 0).ReadsBody)
        {
            await request.Body.CopyToAsync(body, request.HttpContext.RequestAborted);
        }

        var index = await recorder.WriteAsync(name, new
        {
            Environment.ProcessId,
            request.Method,
            Path = request.PathBase + request.Path.Value,
            Query = request.QueryString.Value,
            RouteValues = request.RouteValues.ToDictionary(value => value.Key, value => value.Value?.ToString()),
            Headers = request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString()),
            Body = Encoding.UTF8.GetString(body.ToArray()),
            context.TraceContext.TraceParent,
        });
        await WriteAsync(Answer.For(recorder.Folder, name, index), request.HttpContext.Response, context.CancellationToken);
    }

    private async Task WriteAsync(Answer answer, HttpResponse response, CancellationToken cancellationToken)
    {
        if (!answer.WaitInTheMiddle)
        {
            await answer.WaitAsync(recorder.Folder, cancellationToken);
            answer.End();
        }

        response.StatusCode = answer.Status;
        response.ContentType = answer.ContentType;
        foreach (var (name, value) in answer.Headers)
        {
            response.Headers[name] = value;
        }

        var body = Encoding.UTF8.GetBytes(answer.Body);
        var half = answer.WaitInTheMiddle ? body.Length / 2 : 0;
        if (half > 0)
        {
            await response.Body.WriteAsync(body.AsMemory(0, half), cancellationToken);
            await response.Body.FlushAsync(cancellationToken);
            await answer.WaitAsync(recorder.Folder, cancellationToken);
            answer.End();
        }

        await response.Body.WriteAsync(body.AsMemory(half), cancellationToken);
    }
}
