using System.Text.Json;
using System.Text.RegularExpressions;
using SimCse.Testing;
using YamlDotNet.Serialization;

namespace SimCse.Infra.Tests;

/// <summary>What azd reads: <c>azure.yaml</c>, and the values that it gives to the templates.</summary>
internal static partial class AzdProject
{
    /// <summary>What azd fills in by itself, here with values of no one.</summary>
    private static readonly Dictionary<string, string> Variables = new()
    {
        ["AZURE_ENV_NAME"] = "dev",
        ["AZURE_LOCATION"] = "swedencentral",
        ["AZURE_PRINCIPAL_ID"] = "00000000-0000-0000-0000-00000000000a",
        ["AZURE_PRINCIPAL_TYPE"] = "ServicePrincipal",
    };

    /// <summary>azure.yaml as JSON.</summary>
    public static JsonElement Read()
    {
        var yaml = new DeserializerBuilder().Build().Deserialize(File.ReadAllText(Path.Combine(RepositoryRoot.Path, "azure.yaml")));
        using var json = JsonDocument.Parse(new SerializerBuilder().JsonCompatible().Build().Serialize(yaml));
        return json.RootElement.Clone();
    }

    /// <summary>The one service, and its name.</summary>
    public static JsonProperty Service() => Read().GetProperty("services").EnumerateObject().Single();

    /// <summary>The module of azure.yaml without its extension; <c>.bicep</c> and <c>.parameters.json</c> follow.</summary>
    public static string Module()
    {
        var infra = Read().GetProperty("infra");
        return Path.Combine(RepositoryRoot.Path, Snapshot.Text(infra, "path"), Snapshot.Text(infra, "module"));
    }

    /// <summary>The parameters with every variable replaced: <c>${NAME}</c> by azd's own, <c>${NAME=default}</c> by its default.</summary>
    public static string Parameters() => VariablePattern().Replace(
        File.ReadAllText($"{Module()}.parameters.json"),
        match => match.Groups["default"].Success
            ? match.Groups["default"].Value
            : Variables.TryGetValue(match.Groups["name"].Value, out var value) ? value : throw new KeyNotFoundException(
                $"azd sets no {match.Value}, and it has no default."));

    [GeneratedRegex(@"\$\{(?<name>[A-Z_]+)(=(?<default>[^}]*))?\}")]
    private static partial Regex VariablePattern();
}
