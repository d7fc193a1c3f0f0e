using System.Text.Json;

namespace SimCse.LocalHost.Tests.Worker;

/// <summary>
/// What a function is to do, from <c>NAME.answers.json</c>: an array, one entry per invocation of that name, the last for all later ones.
/// Without it, nothing.
/// </summary>
public sealed record Answer
{
    /// <summary>Of HTTP functions.</summary>
    public int Status { get; init; } = 200;

    public string ContentType { get; init; } = "application/json";

    public string Body { get; init; } = "{}";

    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    /// <summary>Waits until this file is there; makes <c>FILE.gave-up</c> and throws when it is cancelled before.</summary>
    public string? WaitFor { get; init; }

    /// <summary>Goes on waiting when it is cancelled.</summary>
    public bool IsDeaf { get; init; }

    /// <summary>Sends the body's first half, waits for <see cref="WaitFor"/>, then sends the rest.</summary>
    public bool WaitInTheMiddle { get; init; }

    /// <summary>Throws an InvalidOperationException with this message at the end.</summary>
    public string? Throw { get; init; }

    /// <summary>Ends the process with this code instead of answering.</summary>
    public int? Exit { get; init; }

    /// <summary>Whether the request's body is read; the first entry decides.</summary>
    public bool ReadsBody { get; init; } = true;

    public static Answer For(string folder, string name, int index)
    {
        var path = Path.Combine(folder, $"{name}.answers.json");
        var all = File.Exists(path) ? JsonSerializer.Deserialize<List<Answer>>(File.ReadAllText(path))! : [];
        return all.Count == 0 ? new() : all[Math.Min(index, all.Count - 1)];
    }

    public async Task WaitAsync(string folder, CancellationToken cancellationToken)
    {
        while (WaitFor is not null && !File.Exists(Path.Combine(folder, WaitFor)))
        {
            if (cancellationToken.IsCancellationRequested)
            {
                await File.WriteAllTextAsync(Path.Combine(folder, $"{WaitFor}.gave-up"), "", CancellationToken.None);
                if (!IsDeaf)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                }
            }

            await Task.Delay(10, CancellationToken.None);
        }
    }

    /// <summary>The end that is no answer, if there is to be one.</summary>
    public void End()
    {
        if (Exit is { } exitCode)
        {
            Environment.Exit(exitCode);
        }

        if (Throw is { } message)
        {
            throw new InvalidOperationException(message);
        }
    }
}
