namespace SimCse.Functions.Http;

/// <summary>Refuses a request with a reason for its sender.</summary>
/// <param name="status">The status: 4xx or 503.</param>
/// <param name="message">A message for the sender: what was found, what was expected and where.</param>
/// <param name="retryAfter">The time after which another try may succeed; <see langword="null"/> if unknown.</param>
/// <param name="type">The kind of error, where the status alone does not determine it.</param>
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
