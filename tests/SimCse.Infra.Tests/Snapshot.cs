using System.Text.Json;

namespace SimCse.Infra.Tests;

/// <summary>
/// A committed snapshot: every resource that a parameter file makes. <see cref="SnapshotTests"/> holds it to the templates.
/// </summary>
internal sealed class Snapshot
{
    private static readonly Dictionary<string, Snapshot> All = Directory
        .EnumerateFiles(Path.Combine(BicepCli.Folder, "environments"), "*.bicepparam")
        .Select(Path.GetFileNameWithoutExtension)
        .ToDictionary(name => name!, name => new Snapshot(name!));

    private Snapshot(string name)
    {
        Name = name;
        using var json = JsonDocument.Parse(File.ReadAllText(PathOf(name)));
        Root = json.RootElement.Clone();
        Resources = [.. Root.GetProperty("predictedResources").EnumerateArray()];
    }

    public static IEnumerable<string> Names => All.Keys.Order(StringComparer.Ordinal);

    public static IEnumerable<Snapshot> Each => Names.Select(name => All[name]);

    public string Name { get; }

    public JsonElement Root { get; }

    public IReadOnlyList<JsonElement> Resources { get; }

    /// <summary>The functions' own resource: a site or a container app.</summary>
    public JsonElement App => Resources.Single(resource => TypeOf(resource) is "Microsoft.Web/sites" or "Microsoft.App/containerApps");

    public bool IsContainerApp => TypeOf(App) == "Microsoft.App/containerApps";

    public static Snapshot Of(string name) => All[name];

    /// <summary>Its name, because a failed assertion shows it.</summary>
    public override string ToString() => Name;

    public static string PathOf(string name) => Path.Combine(BicepCli.Folder, "environments", $"{name}.snapshot.json");

    public IEnumerable<JsonElement> OfType(string type) => Resources.Where(resource => TypeOf(resource) == type);

    /// <summary>The app's settings by name.</summary>
    public IReadOnlyDictionary<string, string> Settings()
    {
        var list = IsContainerApp
            ? App.GetProperty("properties").GetProperty("template").GetProperty("containers")[0].GetProperty("env")
            : App.GetProperty("properties").GetProperty("siteConfig").GetProperty("appSettings");
        return list.EnumerateArray().ToDictionary(setting => Text(setting, "name"), setting => Text(setting, "value"));
    }

    public static string TypeOf(JsonElement resource) => Text(resource, "type");

    public static string Text(JsonElement element, string property) => element.GetProperty(property).GetString()!;

    /// <summary>The part of a resource's name behind its parents'.</summary>
    public static string LastName(JsonElement resource) => Text(resource, "name").Split('/')[^1];

    /// <summary>Every string in a piece of JSON, names of properties included.</summary>
    public static IEnumerable<string> Strings(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().SelectMany(property => Strings(property.Value).Prepend(property.Name)),
        JsonValueKind.Array => element.EnumerateArray().SelectMany(Strings),
        JsonValueKind.String => [element.GetString()!],
        _ => [],
    };
}
