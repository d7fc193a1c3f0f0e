using System.Text.Json;
using Azure;
using Azure.Core;
using Azure.Core.Pipeline;
using SimCse.Cli.CommandLine;
using SimCse.Jobs;

namespace SimCse.Cli.Destinations;

/// <summary>
/// A service that takes JSON over HTTP. What fails only for now (429, 503, a lost connection) is tried again after a pause, or after that
/// which the answer asks for.
/// </summary>
internal sealed class RestService
{
    private const int MaxRetries = 8, MaxShown = 300;

    private readonly string _name;
    private readonly Uri _address;
    private readonly HttpPipeline _pipeline;

    /// <param name="name">The service's name, for messages.</param>
    /// <param name="address">Where it is; paths of requests are appended.</param>
    /// <param name="authentication">What each request proves itself with.</param>
    public RestService(string name, Uri address, params HttpPipelinePolicy[] authentication)
    {
        _name = $"{name} at {address.Authority}";
        _address = address;
        var options = new Options();
        options.Retry.MaxRetries = MaxRetries;
        options.Retry.Delay = TimeSpan.FromMilliseconds(200);
        options.Retry.NetworkTimeout = TimeSpan.FromMinutes(5);
        options.Diagnostics.IsLoggingEnabled = false;
        _pipeline = HttpPipelineBuilder.Build(options, authentication);
    }

    /// <returns>The status and the body; that of an answer without one is undefined.</returns>
    /// <param name="method">The method.</param>
    /// <param name="path">The path and query.</param>
    /// <param name="body">JSON.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <param name="accepted">Statuses above 299 that are no errors.</param>
    /// <exception cref="CliException">The service does not answer, or refuses.</exception>
    public async Task<(int Status, JsonElement Body)> SendAsync(
        RequestMethod method, string path, ReadOnlyMemory<byte> body, CancellationToken cancellationToken, params int[] accepted)
    {
        using var message = _pipeline.CreateMessage();
        message.Request.Method = method;
        message.Request.Uri.Reset(new Uri(_address, path));
        message.Request.Headers.Add(HttpHeader.Common.JsonAccept);
        if (!body.IsEmpty)
        {
            message.Request.Headers.Add(HttpHeader.Common.JsonContentType);
            message.Request.Content = RequestContent.Create(body);
        }

        try
        {
            await _pipeline.SendAsync(message, cancellationToken);
        }
        catch (Exception e) when (e is RequestFailedException or AggregateException)
        {
            throw new CliException($"{_name} does not answer ({SystemError.Describe(e.GetBaseException())}).", e);
        }

        var (status, text) = (message.Response.Status, message.Response.Content.ToString());
        return status < 300 || accepted.Contains(status)
            ? (status, Parse(text))
            : throw new CliException($"{_name} answered {status}{Reason(text)}");
    }

    private static JsonElement Parse(string text)
    {
        try
        {
            return text.Length == 0 ? default : JsonElement.Parse(text);
        }
        catch (JsonException)
        {
            return default;
        }
    }

    private static string Reason(string text) => text.Trim() switch
    {
        "" => ".",
        { Length: > MaxShown } reason => $": {VisibleText.Escape(reason[..MaxShown])}…",
        var reason => $": {VisibleText.Escape(reason)}",
    };

    private sealed class Options : ClientOptions;
}
