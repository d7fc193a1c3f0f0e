using System.Text.Json;
using Json.Schema;
using SimCse.Testing;

namespace SimCse.Infra.Tests;

/// <summary>
/// <c>azd up</c>, as far as it goes without azd: azure.yaml against a schema, the parameters through bicep, and the tags that azd looks
/// for. Its rules are read in its source: https://github.com/Azure/azure-dev/tree/ae35809f496491989273d0edefdeb70f245f399b/cli/azd/pkg
/// (project, infra/provisioning/bicep).
/// </summary>
public sealed class AzdTests
{
    private static readonly Lazy<Task<JsonElement>> Predicted = new(PredictAsync);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void The_project_is_what_the_schema_admits()
    {
        var schema = JsonSchema.FromText(
            File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "azure.yaml.schema.json")),
            new BuildOptions { SchemaRegistry = new SchemaRegistry() });

        Assert.True(schema.Evaluate(AzdProject.Read()).IsValid, AzdProject.Read().ToString());
    }

    [Fact]
    public void The_project_names_one_project_file_and_a_template_with_parameters()
    {
        Assert.Single(
            Directory.EnumerateFiles(Path.Combine(RepositoryRoot.Path, Snapshot.Text(AzdProject.Service().Value, "project")), "*.*proj"));
        Assert.True(File.Exists($"{AzdProject.Module()}.bicep"));
        Assert.True(File.Exists($"{AzdProject.Module()}.parameters.json"));
        Assert.False(File.Exists($"{AzdProject.Module()}.bicepparam"), "azd would take it in place of the other two.");
    }

    /// <summary>azd runs <c>dotnet user-secrets init</c>, which writes an id into a project file that has none.</summary>
    [Fact]
    public void The_project_file_is_left_as_it_is() =>
        Assert.Contains("<UserSecretsId>", File.ReadAllText(PublishedApp.Project), StringComparison.Ordinal);

    /// <summary>A name or a value that the template does not know, or a parameter that is missing, fails in bicep.</summary>
    [Fact]
    public async Task The_parameters_make_Flex_Consumption_with_a_model_to_fetch()
    {
        var resources = await ResourcesAsync();

        Assert.Equal(
            "FlexConsumption",
            Snapshot.Text(
                resources.Single(resource => Snapshot.TypeOf(resource) == "Microsoft.Web/serverfarms").GetProperty("sku"), "tier"));
        var settings = resources.Single(resource => Snapshot.TypeOf(resource) == "Microsoft.Web/sites")
            .GetProperty("properties").GetProperty("siteConfig").GetProperty("appSettings");
        Assert.Equal(
            "default",
            Snapshot.Text(settings.EnumerateArray().Single(setting => Snapshot.Text(setting, "name") == "Model__Blob"), "value"));
    }

    /// <summary>Who runs azd puts the model and sources there.</summary>
    [Fact]
    public async Task Who_runs_azd_has_the_roles_of_an_operator()
    {
        var assignments = (await ResourcesAsync())
            .Where(resource => Snapshot.TypeOf(resource) == "Microsoft.Authorization/roleAssignments")
            .Select(resource => resource.GetProperty("properties"))
            .Where(assignment => Snapshot.Text(assignment, "principalId") == "00000000-0000-0000-0000-00000000000a")
            .ToList();

        Assert.Equal(8, assignments.Count);
        Assert.All(assignments, assignment => Assert.Equal("ServicePrincipal", Snapshot.Text(assignment, "principalType")));
    }

    [Fact]
    public async Task The_app_alone_has_the_tag_by_which_azd_finds_it()
    {
        var tagged = (await ResourcesAsync()).Where(resource => Tag(resource, "azd-service-name") is not null).ToList();

        var app = Assert.Single(tagged);
        Assert.Equal(("Microsoft.Web/sites", AzdProject.Service().Name), (Snapshot.TypeOf(app), Tag(app, "azd-service-name")));
    }

    [Fact]
    public async Task Everything_has_the_tag_of_azds_environment() => Assert.All(
        (await ResourcesAsync()).Where(resource => resource.TryGetProperty("tags", out _)), resource =>
            Assert.Equal("dev", Tag(resource, "azd-env-name")));

    private static string? Tag(JsonElement resource, string name) =>
        resource.TryGetProperty("tags", out var tags) && tags.TryGetProperty(name, out var value) ? value.GetString() : null;

    private static async Task<List<JsonElement>> ResourcesAsync() =>
        [.. (await Predicted.Value).GetProperty("predictedResources").EnumerateArray()];

    private static async Task<JsonElement> PredictAsync()
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder["main.parameters.json"], AzdProject.Parameters(), Cancellation);
        var translated = await BicepCli.RunAsync(
            "decompile-params", folder["main.parameters.json"], "--bicep-file", $"{AzdProject.Module()}.bicep", "--outfile",
            folder["main.bicepparam"]);
        Assert.True(translated.ExitCode == 0, translated.Messages);
        var predicted = await BicepCli.RunAsync(["snapshot", folder["main.bicepparam"], "--mode", "overwrite", .. SnapshotTests.Place]);
        Assert.True(predicted.ExitCode == 0, predicted.Messages);
        using var json = JsonDocument.Parse(await File.ReadAllTextAsync(folder["main.snapshot.json"], Cancellation));
        return json.RootElement.Clone();
    }
}
