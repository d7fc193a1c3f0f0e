namespace SimCse.Functions.Http;

/// <summary>A JSON answer that is sent while it is written.</summary>
/// <param name="write">
/// Writes the whole answer, and calls <see cref="JsonStream.FlushIfLargeAsync"/> between the parts of what may become large.
/// </param>
internal sealed class JsonAnswer(Func<JsonStream, Task> write) : IResult
{
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        await using var stream = new JsonStream(httpContext);
        await write(stream);
        await stream.CompleteAsync();
    }
}
