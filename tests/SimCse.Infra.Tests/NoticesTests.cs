using System.Reflection;
using System.Text.Json;
using System.Text.RegularExpressions;
using SimCse.Testing;

namespace SimCse.Infra.Tests;

/// <summary><c>THIRD-PARTY-NOTICES.md</c> against the libraries that lie beside the command and the app.</summary>
public sealed partial class NoticesTests
{
    private static readonly string Command = Path.Combine(
        RepositoryRoot.Path, "src", "SimCse.Cli", "bin", new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name, "net10.0");

    private static readonly string Packages = typeof(NoticesTests).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>().Single(data => data.Key == "PackageRoot").Value!;

    [Fact]
    public void Every_package_that_is_shipped_is_named_under_its_licence()
    {
        string[] files = ["simcse.deps.json", "functions/SimCse.Functions.deps.json", "functions/.azurefunctions/function.deps.json"];
        var shipped = files.SelectMany(file => Shipped(Path.Combine(Command, file))).DistinctBy(package => package.Name).ToList();
        var named = Named().ToDictionary(package => package.Name, package => package.Licence);

        Assert.Contains("Microsoft.ML.OnnxRuntime", shipped.Select(package => package.Name));
        Assert.Equal(shipped.Select(package => package.Name).Order(StringComparer.Ordinal), named.Keys.Order(StringComparer.Ordinal));
        Assert.All(shipped, package =>
        {
            var declared = Declared(package.Name, package.Version);
            Assert.True(declared is null || declared == named[package.Name], $"{package.Name} declares {declared}.");
        });
    }

    /// <summary>The packages of a program, as far as one of their files lies in its folder; the host brings the others.</summary>
    private static IEnumerable<(string Name, string Version)> Shipped(string file)
    {
        using var json = JsonDocument.Parse(File.ReadAllText(file));
        var (libraries, targets) = (json.RootElement.GetProperty("libraries"), json.RootElement.GetProperty("targets").EnumerateObject());
        foreach (var package in targets.SelectMany(target => target.Value.EnumerateObject()))
        {
            var assets = from kind in (string[])["runtime", "native", "runtimeTargets"]
                         where package.Value.TryGetProperty(kind, out _)
                         from asset in package.Value.GetProperty(kind).EnumerateObject()
                         select kind == "runtimeTargets" ? asset.Name : Path.GetFileName(asset.Name);
            if (Snapshot.Text(libraries.GetProperty(package.Name), "type") == "package"
                && assets.Any(asset => File.Exists(Path.Combine(Path.GetDirectoryName(file)!, asset))))
            {
                yield return (package.Name.Split('/')[0], package.Name.Split('/')[1]);
            }
        }
    }

    /// <summary>The packages in the tables of the page; a section is named as SPDX names its licence.</summary>
    private static IEnumerable<(string Name, string Licence)> Named() =>
        from section in File.ReadAllText(Path.Combine(RepositoryRoot.Path, "THIRD-PARTY-NOTICES.md")).Split("\n## ")
        where section.Contains("| packages |", StringComparison.Ordinal)
        from row in section.Split('\n')
        where row.StartsWith("| `", StringComparison.Ordinal)
        from Match package in NamePattern().Matches(row)
        select (package.Groups[1].Value, section.Split('\n')[0]);

    /// <summary>The licence in a package, where it says it in SPDX's words; others have a file or an address.</summary>
    private static string? Declared(string name, string version)
    {
        var id = name.ToLowerInvariant();
        var match = LicencePattern().Match(File.ReadAllText(Path.Combine(Packages, id, version, $"{id}.nuspec")));
        return match.Success ? match.Groups[1].Value : null;
    }

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex NamePattern();

    [GeneratedRegex("""<license type="expression">([^<]+)<""")]
    private static partial Regex LicencePattern();
}
