using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace SimCse.LocalHost.Tests.Handler;

/// <summary>
/// What to answer, from <c>NAME.answers.json</c>: an array, one entry per request of that name, the last for all later ones. Without it, <c>{}</c>.
/// </summary>
public sealed record Answer
{
    public int Status { get; init; } = 200;

    public string? ContentType { get; init; } = "application/json";

    public string Body { get; init; } = "{}";

    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    /// <summary>Waits before answering until this file is there; makes <c>FILE.gave-up</c> when the request is aborted before.</summary>
    public string? WaitFor { get; init; }

    /// <summary>Sends the body's first half, waits for <see cref="WaitFor"/>, then sends the rest.</summary>
    public bool WaitInTheMiddle { get; init; }

    /// <summary>Ends the process with this code instead of answering.</summary>
    public int? Exit { get; init; }

    public static Answer For(string folder, string name, int index)
    {
        var path = Path.Combine(folder, $"{name}.answers.json");
        var all = File.Exists(path) ? JsonSerializer.Deserialize<List<Answer>>(File.ReadAllText(path))! : [];
        return all.Count == 0 ? new() : all[Math.Min(index, all.Count - 1)];
    }

    public async Task WriteAsync(string folder, HttpContext context)
    {
        if (Exit is { } exitCode)
        {
            Environment.Exit(exitCode);
        }

        if (!WaitInTheMiddle)
        {
            await WaitAsync(folder, context.RequestAborted);
        }

        context.Response.StatusCode = Status;
        context.Response.ContentType = ContentType;
        foreach (var (name, value) in Headers)
        {
            context.Response.Headers[name] = value;
        }

        var body = Encoding.UTF8.GetBytes(Body);
        var half = WaitInTheMiddle ? body.Length / 2 : 0;
        if (half > 0)
        {
            await context.Response.Body.WriteAsync(body.AsMemory(0, half));
            await context.Response.Body.FlushAsync();
            await WaitAsync(folder, context.RequestAborted);
        }

        await context.Response.Body.WriteAsync(body.AsMemory(half));
    }

    private async Task WaitAsync(string folder, CancellationToken requestAborted)
    {
        while (WaitFor is not null && !File.Exists(Path.Combine(folder, WaitFor)))
        {
            if (requestAborted.IsCancellationRequested)
            {
                await File.WriteAllTextAsync(Path.Combine(folder, $"{WaitFor}.gave-up"), "", CancellationToken.None);
                requestAborted.ThrowIfCancellationRequested();
            }

            await Task.Delay(10, CancellationToken.None);
        }
    }
}
