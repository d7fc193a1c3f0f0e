using System.Text.RegularExpressions;
using SimCse.Testing;

namespace SimCse.Infra.Tests;

/// <summary>The commands on the page: what they name is there, and what the template gives back is used.</summary>
public sealed partial class DeployPageTests
{
    private static readonly string Page = File.ReadAllText(Path.Combine(RepositoryRoot.Path, "docs", "deploy.md"));
    private static readonly string Readme = File.ReadAllText(Path.Combine(RepositoryRoot.Path, "README.md"));

    [Fact]
    public async Task Every_parameter_that_a_command_sets_exists_and_takes_the_value()
    {
        var parameters = (await TemplateTests.MainAsync()).GetProperty("parameters");
        var settings = CommandPattern().Matches(Page + Readme).SelectMany(command => SettingPattern().Matches(command.Value)).ToList();

        Assert.True(settings.Count >= 6, $"{settings.Count} parameters were found.");
        Assert.All(settings, setting =>
        {
            Assert.True(parameters.TryGetProperty(setting.Groups["name"].Value, out var parameter), setting.Value);
            if (parameter.TryGetProperty("allowedValues", out var allowed))
            {
                Assert.Contains(setting.Groups["value"].Value, allowed.EnumerateArray().Select(value => value.ToString()));
            }
        });
    }

    [Fact]
    public async Task Every_output_is_used_and_every_one_that_is_used_exists() => Assert.Equal(
        (await TemplateTests.MainAsync()).GetProperty("outputs")
            .EnumerateObject().Select(output => output.Name).Order(StringComparer.Ordinal),
        OutputPattern().Matches(Page).Select(use => use.Groups["name"].Value).Distinct().Order(StringComparer.Ordinal));

    [Fact]
    public void Every_file_that_a_command_names_is_there() => Assert.All(
        FilePattern().Matches(Page + Readme).Select(match => match.Value), file =>
            Assert.True(File.Exists(Path.Combine(RepositoryRoot.Path, file)), file));

    /// <summary>The host's part of the triggers lies in <c>.azurefunctions</c>, which a shell's <c>*</c> leaves out.</summary>
    [Fact]
    public void The_package_is_zipped_with_its_hidden_folder() =>
        Assert.Equal("(cd artifacts/flex && zip -qr ../flex.zip .)", ZipPattern().Match(Page).Value);

    [Fact]
    public void The_variable_that_names_the_model_is_the_one_in_the_parameters_for_azd() => Assert.Contains(
        $"${{{VariablePattern().Match(Page).Groups["name"].Value}=default}}", File.ReadAllText($"{AzdProject.Module()}.parameters.json"),
        StringComparison.Ordinal);

    /// <summary>With its continued lines.</summary>
    [GeneratedRegex(@"^az deployment group create (.*\\\n)*.*$", RegexOptions.Multiline)]
    private static partial Regex CommandPattern();

    [GeneratedRegex(@"(?<=[ ])(?<name>[a-zA-Z]+)=(?<value>[^\s]+)")]
    private static partial Regex SettingPattern();

    /// <summary>Of a deployment, or from azd's environment, into which azd writes every output.</summary>
    [GeneratedRegex(@"\$\((output [a-z]+|azd env get-value) (?<name>[a-zA-Z]+)\)")]
    private static partial Regex OutputPattern();

    [GeneratedRegex(@"^\(cd \S+ && zip .*?\)", RegexOptions.Multiline)]
    private static partial Regex ZipPattern();

    [GeneratedRegex("azd env set (?<name>[A-Z_]+)")]
    private static partial Regex VariablePattern();

    [GeneratedRegex(@"infra/[a-zA-Z0-9/._-]+\.(bicep|bicepparam|parameters\.json|gpu|sh)\b|infra/docker/Dockerfile\b")]
    private static partial Regex FilePattern();
}
