using System.Text.Json;
using SimCse.Testing;

namespace SimCse.Infra.Tests;

/// <summary>What <c>bicep</c> says of the templates themselves.</summary>
public sealed class TemplateTests
{
    private static readonly string[] Templates =
    [
        .. Directory.EnumerateFiles(BicepCli.Folder, "*", SearchOption.AllDirectories)
            .Where(path => path.EndsWith(".bicep", StringComparison.Ordinal) || path.EndsWith(".bicepparam", StringComparison.Ordinal)),
    ];

    /// <summary>Built once: the templates of all modules stand in main's.</summary>
    private static readonly Lazy<Task<(BicepResult Result, JsonElement Template)>> Main = new(BuildAsync);

    [Fact]
    public async Task Every_template_builds_and_lints_without_a_word()
    {
        // A warning too would be a line; resource types that do not exist in an API version are one (BCP081).
        foreach (var pattern in (string[])["**/*.bicep", "**/*.bicepparam"])
        {
            var lint = await BicepCli.RunAsync("lint", "--pattern", pattern);
            Assert.Equal((0, ""), (lint.ExitCode, lint.Output + lint.Messages));
        }

        var (build, _) = await Main.Value;
        Assert.Equal((0, ""), (build.ExitCode, build.Output + build.Messages));
    }

    [Fact]
    public async Task An_API_version_that_does_not_exist_would_be_found()
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(
            folder["wrong.bicep"],
            "resource topic 'Microsoft.EventGrid/systemTopics@2025-02-16' existing = { name: 'abc' }\noutput id string = topic.id\n",
            TestContext.Current.CancellationToken);

        Assert.Contains("BCP081", (await BicepCli.RunAsync("lint", folder["wrong.bicep"])).Messages, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Templates_are_formatted()
    {
        using var folder = new TemporaryFolder();
        foreach (var path in Templates)
        {
            var copy = folder[Path.GetRelativePath(BicepCli.Folder, path)];
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(path, copy);
        }

        await BicepCli.RunAsync("format", "--pattern", $"{folder.Path}/**/*.bicep");
        await BicepCli.RunAsync("format", "--pattern", $"{folder.Path}/**/*.bicepparam");

        Assert.True(Templates.Length > 15, $"Only {Templates.Length} templates were found.");
        Assert.All(
            Templates, path => Assert.Equal(File.ReadAllText(folder[Path.GetRelativePath(BicepCli.Folder, path)]), File.ReadAllText(path)));
    }

    [Fact]
    public async Task Every_module_parameter_and_output_says_what_it_is()
    {
        var templates = Nested((await Main.Value).Template).ToList();

        // settings.bicep has types only
        Assert.Equal(Templates.Count(path => path.EndsWith(".bicep", StringComparison.Ordinal)) - 1, templates.Count);
        Assert.All(templates, template =>
        {
            Assert.True(template.GetProperty("metadata").TryGetProperty("description", out _), template.ToString());
            var members = ((string[])["parameters", "outputs"])
                .SelectMany(
                    kind => template.TryGetProperty(kind, out var found) ? found.EnumerateObject() : Enumerable.Empty<JsonProperty>());
            Assert.All(members, member => Assert.NotEmpty(Snapshot.Text(member.Value.GetProperty("metadata"), "description")));
        });
    }

    [Fact]
    public async Task The_hosting_choices_are_four()
    {
        var hosting = (await Main.Value).Template.GetProperty("parameters").GetProperty("hosting").GetProperty("allowedValues");

        Assert.Equal(
            ["elasticPremium", "containerAppsGpu", "containerApps", "flexConsumption"],
            hosting.EnumerateArray().Select(value => value.GetString()));
    }

    /// <summary>The compiled template.</summary>
    internal static async Task<JsonElement> MainAsync() => (await Main.Value).Template;

    private static async Task<(BicepResult Result, JsonElement Template)> BuildAsync()
    {
        using var folder = new TemporaryFolder();
        var result = await BicepCli.RunAsync("build", "main.bicep", "--outfile", folder["main.json"]);
        Assert.True(File.Exists(folder["main.json"]), result.Messages);
        using var json = JsonDocument.Parse(await File.ReadAllTextAsync(folder["main.json"]));
        return (result, json.RootElement.Clone());
    }

    /// <summary>A template and those of the modules in it.</summary>
    private static IEnumerable<JsonElement> Nested(JsonElement template)
    {
        var resources = template.GetProperty("resources");
        var list = resources.ValueKind == JsonValueKind.Array
            ? resources.EnumerateArray()
            : resources.EnumerateObject().Select(x => x.Value);
        return list
            .Where(resource => Snapshot.TypeOf(resource) == "Microsoft.Resources/deployments")
            .SelectMany(module => Nested(module.GetProperty("properties").GetProperty("template")))
            .Prepend(template);
    }
}
