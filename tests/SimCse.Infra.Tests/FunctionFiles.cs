using System.Text.Json;
using SimCse.Testing;

namespace SimCse.Infra.Tests;

/// <summary>
/// What the Functions host reads of the app. The build writes it, but for host.json, which the templates read where it is kept.
/// </summary>
internal static class FunctionFiles
{
    private static readonly string Project = Path.Combine(RepositoryRoot.Path, "src", "SimCse.Functions");

    /// <summary>What was built of the app, in the configuration of the tests.</summary>
    private static readonly string Output = BuiltApp.Folder;

    /// <summary>host.json.</summary>
    public static JsonElement Host() => Read(Project, "host.json");

    /// <summary>How the host starts the worker: <c>description</c> of worker.config.json.</summary>
    public static JsonElement Worker() => Read(Output, "worker.config.json").GetProperty("description");

    /// <summary>What <c>FUNCTIONS_WORKER_RUNTIME</c> has to say.</summary>
    public static string Runtime() => Snapshot.Text(Worker(), "language");

    /// <summary>The version of .NET that the app was built for: <c>10.0</c>.</summary>
    public static string DotNetVersion() =>
        Snapshot.Text(Read(Output, "SimCse.Functions.runtimeconfig.json").GetProperty("runtimeOptions"), "tfm")["net".Length..];

    /// <summary>The trigger of each function, by the function's name.</summary>
    public static IEnumerable<(string Function, JsonElement Binding)> Triggers() => Triggers(Output);

    /// <summary>The same of a published folder.</summary>
    public static IEnumerable<(string Function, JsonElement Binding)> Triggers(string folder) =>
        from function in Read(folder, "functions.metadata").EnumerateArray()
        from binding in function.GetProperty("bindings").EnumerateArray()
        where Snapshot.Text(binding, "type").EndsWith("Trigger", StringComparison.Ordinal)
        select (Snapshot.Text(function, "name"), binding);

    public static JsonElement Read(string folder, string name)
    {
        using var json = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, name)));
        return json.RootElement.Clone();
    }
}
