namespace SimCse.Functions.Http;

/// <summary>A request is refused, and its sender is told why.</summary>
/// <param name="status">4xx or 503.</param>
/// <param name="message">What was found, what was expected and where; shown to the sender.</param>
/// <param name="retryAfter">When it may be worth another try; <see langword="null"/> says nothing of it.</param>
/// <param name="type">Where the status alone does not say it.</param>
internal sealed class HttpErrorException(
    int status, string message, TimeSpan? retryAfter = null, ErrorType? type = null) : Exception(message)
{
    public ErrorType? Type => type;

    public int Status => status;

    public TimeSpan? RetryAfter => retryAfter;

    public static HttpErrorException BadRequest(string message) => new(StatusCodes.Status400BadRequest, message);

    public static HttpErrorException NotFound(string message) => new(StatusCodes.Status404NotFound, message);

    public static HttpErrorException Conflict(string message) => new(StatusCodes.Status409Conflict, message);

    public static HttpErrorException TooLarge(string message) => new(StatusCodes.Status413PayloadTooLarge, message);

    public static HttpErrorException Unacceptable(string message) => new(StatusCodes.Status422UnprocessableEntity, message);

    public static HttpErrorException Empty(string message) => new(StatusCodes.Status400BadRequest, message, type: ErrorType.Empty);
}
