using System.Text.RegularExpressions;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using SimCse.Functions;
using SimCse.Functions.Embed;
using SimCse.Functions.Health;
using SimCse.Functions.Jobs;
using SimCse.Functions.Model;
using SimCse.Jobs.Storage;
using SimCse.Testing;

namespace SimCse.Infra.Tests;

/// <summary>Every setting that the code reads is set, and none is set that nobody reads.</summary>
public sealed partial class SettingsTests
{
    /// <summary>Read by the Functions host or its platform, not by our code.</summary>
    private static readonly HashSet<string> OfTheHost =
    [
        "AzureFunctionsJobHost__extensions__queues__batchSize",
        "AzureFunctionsJobHost__extensions__queues__newBatchThreshold",
        "AzureWebJobsStorage__credential",
        "FUNCTIONS_EXTENSION_VERSION",
        "FUNCTIONS_WORKER_RUNTIME",
        "WEBSITES_ENABLE_APP_SERVICE_STORAGE",
        "WEBSITE_USE_PLACEHOLDER_DOTNETISOLATED",
    ];

    /// <summary>Read by the code and left out here, each for its reason.</summary>
    private static readonly Dictionary<string, string> LeftOut = new()
    {
        ["AzureWebJobsStorage"] = "a connection string holds a key",
        ["Http__Keys"] = "it holds keys",
        ["AzureWebJobsStorage__blobServiceUri"] = "follows from the account's name",
        ["AzureWebJobsStorage__queueServiceUri"] = "follows from the account's name",
        ["OTEL_EXPORTER_OTLP_ENDPOINT"] = "Application Insights takes the telemetry",
        ["OTEL_SERVICE_NAME"] = "the site's name is taken",
        ["WEBSITE_SITE_NAME"] = "the platform sets it",
        ["WEBSITE_INSTANCE_ID"] = "the platform sets it",
    };

    [Fact]
    public void Every_setting_that_the_code_reads_is_set() => Assert.All(Snapshot.Each, snapshot =>
    {
        var missing = ReadByTheCode().Except(LeftOut.Keys).Except(snapshot.Settings().Keys);
        Assert.True(
            !missing.Any(),
            $"{snapshot.Name} lacks {string.Join(", ", missing)}: add it to infra/settings.json or infra/modules/settings.bicep.");
    });

    [Fact]
    public void No_setting_is_set_that_nobody_reads() => Assert.All(Snapshot.Each, snapshot =>
        Assert.Empty(snapshot.Settings().Keys.Except(ReadByTheCode()).Except(OfTheHost)));

    [Fact]
    public void What_is_left_out_is_read_at_all() => Assert.Empty(LeftOut.Keys.Except(ReadByTheCode()));

    /// <summary>Values pass the app's own checks, with the names that Azure will give them.</summary>
    [Fact]
    public void The_app_accepts_the_settings() => Assert.All(Snapshot.Each, snapshot =>
    {
        var settings = new Dictionary<string, string>(snapshot.Settings())
        {
            ["AzureWebJobsStorage__accountName"] = "account",
            ["APPLICATIONINSIGHTS_CONNECTION_STRING"] =
                "InstrumentationKey=00000000-0000-0000-0000-000000000001;IngestionEndpoint=http://127.0.0.1:1/",
            ["APPLICATIONINSIGHTS_AUTHENTICATION_STRING"] = "ClientId=00000000-0000-0000-0000-000000000001;Authorization=AAD",
        };
        var builder = FunctionsApplication.CreateBuilder([]);
        builder.Configuration.AddInMemoryCollection([
            .. settings.Select(
                setting => KeyValuePair.Create(setting.Key.Replace("__", ":", StringComparison.Ordinal), (string?)setting.Value)),
            KeyValuePair.Create("Functions:Worker:HostEndpoint", (string?)"http://127.0.0.1:1"),
        ]);
        using var app = builder.AddSimCse(new StartupTimes()).Build();
        Assert.NotNull(Validated<ModelOptions>(app.Services));
        Assert.NotNull(Validated<EmbedOptions>(app.Services));
        Assert.Null(Validated<JobDefaults>(app.Services).Dimensions);
    });

    /// <summary>For Core Tools: what it names is read, by the app or by its host, and the worker is the one that was built.</summary>
    [Fact]
    public void The_sample_for_this_machine_has_settings_that_are_read()
    {
        var sample = FunctionFiles.Read(RepositoryRoot.Path, "local.settings.sample.json")
            .GetProperty("Values").EnumerateObject().ToDictionary(x => x.Name, x => x.Value.GetString());

        Assert.Empty(sample.Keys.Except(ReadByTheCode()).Except(OfTheHost));
        Assert.Equal(
            (FunctionFiles.Runtime(), "UseDevelopmentStorage=true"), (sample["FUNCTIONS_WORKER_RUNTIME"], sample["AzureWebJobsStorage"]));
    }

    private static T Validated<T>(IServiceProvider services)
        where T : class => services.GetRequiredService<Microsoft.Extensions.Options.IOptions<T>>().Value;

    private static HashSet<string> ReadByTheCode() => [.. OptionSettings(), .. StorageSettings(), .. LiteralSettings()];

    /// <summary>Properties of the classes that are bound to a section of the configuration.</summary>
    private static IEnumerable<string> OptionSettings() =>
        from type in typeof(StartupTimes).Assembly.GetTypes()
        let section = type.GetField("Section")?.GetRawConstantValue() as string
        where section is not null
        from property in type.GetProperties()
        where property.CanWrite
        select $"{section}__{property.Name}";

    /// <summary>What the connection to storage asks for when it finds nothing, and when it finds an account.</summary>
    private static HashSet<string> StorageSettings()
    {
        var names = new HashSet<string>();
        Assert.Throws<InvalidOperationException>(() => StorageConnection.FromSettings(name => Note(name, null)));
        StorageConnection.FromSettings(name => Note(name, name.EndsWith("accountName", StringComparison.Ordinal) ? "account" : null));
        return names;

        string? Note(string name, string? value)
        {
            names.Add(name);
            return value;
        }
    }

    /// <summary>Names in capitals that the app's sources look up one by one.</summary>
    private static IEnumerable<string> LiteralSettings() =>
        from file in Directory.EnumerateFiles(
            Path.Combine(RepositoryRoot.Path, "src", "SimCse.Functions"), "*.cs", SearchOption.AllDirectories)
        where !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal)
        from match in LiteralPattern().Matches(File.ReadAllText(file))
        select match.Groups["name"].Value;

    [GeneratedRegex("(configuration\\[|Setting = )\"(?<name>[A-Z_]+)\"")]
    private static partial Regex LiteralPattern();
}
