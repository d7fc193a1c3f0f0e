using System.Net;
using System.Text.Json;
using SimCse.Cli.CommandLine;
using SimCse.LocalHost;

namespace SimCse.Cli.Local;

/// <summary>Asks <c>/health/ready</c> until the model is warm.</summary>
internal static class ModelReadiness
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(100);

    /// <exception cref="CliException">The model cannot be loaded; the message says why.</exception>
    public static async Task WaitAsync(FunctionsHost host, CancellationToken cancellationToken)
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = host.BaseAddress };
        while (true)
        {
            if (host.Completion.IsCompleted)
            {
                await host.Completion;
                throw new CliException("The Functions host stopped while the model was being loaded.");
            }

            using var answer = await http.GetAsync(new Uri("health/ready", UriKind.Relative), cancellationToken);
            if (answer.StatusCode == HttpStatusCode.OK)
            {
                return;
            }

            ThrowIfFailed(await answer.Content.ReadAsStringAsync(cancellationToken));
            await Task.Delay(PollInterval, cancellationToken);
        }
    }

    private static void ThrowIfFailed(string body)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            if (json.RootElement.GetProperty("status").GetString() == "failed")
            {
                throw new CliException($"The Functions app cannot load the model: {json.RootElement.GetProperty("reason")}");
            }
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException)
        {
            // The worker is being restarted, and the host answers for it.
        }
    }
}
