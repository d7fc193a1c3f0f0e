using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;

namespace SimCse.Models.Pull;

/// <summary>Interprets the answers of a server other than success.</summary>
internal static partial class HttpRefusals
{
    private static readonly TimeSpan DefaultPatience = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long to wait before the next try, for answers that ask for one (408, 429, 5xx); <see langword="null"/> for all others. The hub
    /// says with <c>RateLimit: "resolvers";r=0;t=55</c> (draft-ietf-httpapi-ratelimit-headers-09) when its limit ends.
    /// </summary>
    /// <param name="response">The server's answer.</param>
    /// <param name="attempt">The number of the try, from 1. The wait doubles with each try if the server does not say how long.</param>
    public static TimeSpan? Patience(HttpResponseMessage response, int attempt) =>
        response.StatusCode is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests || (int)response.StatusCode >= 500
            ? response.Headers.RetryAfter switch
            {
                { Delta: { } delta } => delta,
                { Date: { } date } => date > DateTimeOffset.UtcNow ? date - DateTimeOffset.UtcNow : TimeSpan.Zero,
                _ => LimitEnds(response) ?? DefaultPatience * Math.Pow(2, Math.Min(attempt, 6) - 1),
            }
            : null;

    private static TimeSpan? LimitEnds(HttpResponseMessage response) =>
        response.Headers.TryGetValues("RateLimit", out var values)
            && SecondsLeft().Match(string.Join(',', values)) is { Success: true } match
            ? TimeSpan.FromSeconds(int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture))
            : null;

    [GeneratedRegex(@";\s*t=(\d{1,6})\b")]
    private static partial Regex SecondsLeft();

    /// <exception cref="HttpRequestException">The answer is a refusal. The message says what to check.</exception>
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
        throw new HttpRequestException(
            $"{address} answers {(int)response.StatusCode} {response.ReasonPhrase}: {hint}.", null, response.StatusCode);
    }
}
