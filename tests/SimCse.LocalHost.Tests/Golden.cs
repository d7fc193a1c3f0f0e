using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace SimCse.LocalHost.Tests;

/// <summary>
/// Compares JSON, field by field, with a file under <c>Golden</c> that was written from the protocol's reference, not from our output. In
/// its strings
/// <c>&lt;guid&gt;</c>, <c>&lt;utc&gt;</c> (a date that ends in Z) and <c>&lt;any&gt;</c> stand for what changes.
/// </summary>
internal static class Golden
{
    public static void Matches(string name, JsonNode? actual)
    {
        var text = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Golden", name + ".json"));
        Compare("$", JsonNode.Parse(text), actual);
    }

    private static void Compare(string path, JsonNode? expected, JsonNode? actual)
    {
        Assert.True(
            Kind(expected) == Kind(actual),
            $"{path}: expected {Kind(expected)} {expected?.ToJsonString()}, found {Kind(actual)} {actual?.ToJsonString()}");
        switch (expected)
        {
            case JsonObject e:
                Assert.True(
                    Names(e) == Names(actual!.AsObject()),
                    $"{path}: expected the properties {Names(e)}, found {Names(actual!.AsObject())}");
                foreach (var (name, value) in e)
                {
                    Compare($"{path}.{name}", value, actual![name]);
                }

                break;
            case JsonArray e:
                Assert.True(e.Count == actual!.AsArray().Count, $"{path}: expected {e.Count} elements, found {actual!.AsArray().Count}");
                for (var index = 0; index < e.Count; index++)
                {
                    Compare($"{path}[{index}]", e[index], actual![index]);
                }

                break;
            case JsonValue e when Kind(e) == JsonValueKind.String:
                Assert.Matches(Pattern(e.GetValue<string>()), actual!.GetValue<string>());
                break;
            case not null:
                Assert.True(
                    expected.ToJsonString() == actual!.ToJsonString(),
                    $"{path}: expected {expected.ToJsonString()}, found {actual!.ToJsonString()}");
                break;
        }
    }

    private static string Pattern(string expected)
        => "^" + Regex.Escape(expected)
            .Replace("<guid>", "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", StringComparison.Ordinal)
            .Replace("<utc>", @"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,7})?Z", StringComparison.Ordinal)
            .Replace("<any>", "[^\"]+", StringComparison.Ordinal) + "$";

    private static JsonValueKind Kind(JsonNode? node) => node?.GetValueKind() ?? JsonValueKind.Null;

    private static string Names(JsonObject json) => string.Join(", ", json.Select(property => property.Key).Order(StringComparer.Ordinal));
}
