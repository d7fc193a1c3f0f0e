namespace SimCse.Functions.Http;

/// <summary>A JSON answer that is sent while it is written, as fast as its client reads it.</summary>
/// <param name="write">
/// Writes the whole answer, and calls <see cref="JsonStream.FlushIfLargeAsync"/> between the parts of what may become large.
/// </param>
/// <param name="status">The status.</param>
internal sealed class JsonAnswer(Func<JsonStream, Task> write, int status = StatusCodes.Status200OK) : IResult
{
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        httpContext.Response.StatusCode = status;
        await using var stream = new JsonStream(httpContext);
        await write(stream);
        await stream.CompleteAsync();
    }
}
