using System.Text.Json;
using SimCse.Testing;

namespace SimCse.Infra.Tests;

/// <summary>What the Functions host reads of the app.</summary>
internal static class FunctionFiles
{
    private static readonly string Folder = Path.Combine(RepositoryRoot.Path, "src", "SimCse.Functions");

    public static JsonElement Host() => Read("host.json");

    /// <summary>The trigger of each function, by the function's name.</summary>
    public static IEnumerable<(string Function, JsonElement Binding)> Triggers() => Directory.EnumerateDirectories(Folder)
        .Where(folder => Path.GetFileName(folder) is not ("bin" or "obj") && File.Exists(Path.Combine(folder, "function.json")))
        .Select(folder => (Path.GetFileName(folder), Read(Path.Combine(folder, "function.json")).GetProperty("bindings")[0]));

    private static JsonElement Read(string name)
    {
        using var json = JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, name)));
        return json.RootElement.Clone();
    }
}
