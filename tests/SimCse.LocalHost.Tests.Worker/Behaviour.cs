using System.Collections;
using System.Text.Json;

namespace SimCse.LocalHost.Tests.Worker;

/// <summary>
/// What the file <c>starts.json</c> says about this start of the worker; it holds an array, one entry per start, the last for all later
/// ones.
/// </summary>
public sealed record Behaviour
{
    public int? ExitAtOnce { get; init; }

    public bool NeverConnects { get; init; }

    public IReadOnlyList<string> StandardOutput { get; init; } = [];

    public IReadOnlyList<string> StandardError { get; init; } = [];

    /// <summary>Records the start (<c>start.N.json</c>: process, arguments, folder, environment) and finds what it is told to do.</summary>
    public static async Task<Behaviour> ForThisStartAsync(Recorder recorder, string[] arguments)
    {
        ArgumentNullException.ThrowIfNull(recorder);
        var environment = Environment.GetEnvironmentVariables()
            .Cast<DictionaryEntry>().ToDictionary(e => (string)e.Key, e => (string?)e.Value);
        var index = await recorder.WriteAsync("start", new
        {
            Environment.ProcessId,
            Arguments = arguments,
            WorkingDirectory = Environment.CurrentDirectory,
            Environment = environment,
        });
        var path = Path.Combine(recorder.Folder, "starts.json");
        var all = File.Exists(path) ? JsonSerializer.Deserialize<List<Behaviour>>(await File.ReadAllTextAsync(path))! : [];
        return all.Count == 0 ? new() : all[Math.Min(index, all.Count - 1)];
    }
}
