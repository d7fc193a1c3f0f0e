using System.Net;

namespace SimCse.Models.Pull;

/// <summary>What a server's answer other than success means to somebody who waits for a model.</summary>
internal static class HttpRefusals
{
    private static readonly TimeSpan DefaultPatience = TimeSpan.FromSeconds(5);

    /// <summary>How long to wait before the next try, for answers that ask for one (408, 429, 5xx); <see langword="null"/> for all others.</summary>
    public static TimeSpan? Patience(HttpResponseMessage response) =>
        response.StatusCode is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests || (int)response.StatusCode >= 500
            ? response.Headers.RetryAfter switch
            {
                { Delta: { } delta } => delta,
                { Date: { } date } => date > DateTimeOffset.UtcNow ? date - DateTimeOffset.UtcNow : TimeSpan.Zero,
                _ => DefaultPatience,
            }
            : null;

    /// <exception cref="HttpRequestException">The answer is a refusal; the message says what to look at.</exception>
    public static void Throw(HttpResponseMessage response, Uri address)
    {
        if (response.IsSuccessStatusCode)
        {
            return;
        }

        var hint = response.StatusCode switch
        {
            HttpStatusCode.NotFound => "there is no such model, revision or file; look at the name",
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => "the model is private, gated, or does not exist; look at the name",
            _ => "the server refuses it",
        };
        throw new HttpRequestException($"{address} answers {(int)response.StatusCode} {response.ReasonPhrase}: {hint}.", null, response.StatusCode);
    }
}
