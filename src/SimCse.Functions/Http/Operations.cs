namespace SimCse.Functions.Http;

/// <summary>The operations of one function, by path as <c>/openapi.json</c> names them: <c>GET /api/jobs/{job}</c>.</summary>
internal sealed class Operations<TFunction>(params (string Route, Func<TFunction, HttpRequest, Task<IResult>> Run)[] operations)
{
    private readonly Dictionary<string, Func<TFunction, HttpRequest, Task<IResult>>> _byRoute =
        operations.ToDictionary(operation => operation.Route, operation => operation.Run, StringComparer.OrdinalIgnoreCase);

    public IEnumerable<string> Routes => _byRoute.Keys;

    /// <summary>HEAD is answered as GET; the server leaves out the body.</summary>
    /// <exception cref="HttpErrorException">404, 405: there is no operation with this route.</exception>
    public Task<IResult> RunAsync(TFunction function, HttpRequest request, string path) =>
        _byRoute.TryGetValue($"{(HttpMethods.IsHead(request.Method) ? HttpMethods.Get : request.Method)} {path}", out var run)
            ? run(function, request)
            : throw RouteMap.Refuse(request);
}
