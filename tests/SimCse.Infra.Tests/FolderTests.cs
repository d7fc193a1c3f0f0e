using System.Text.RegularExpressions;
using NetArchTest.Rules;
using SimCse.Testing;

namespace SimCse.Infra.Tests;

/// <summary>The folders of a project refer one way: each to those before it in its line here. What stands in no folder is free.</summary>
public sealed partial class FolderTests
{
    public static TheoryData<string, string> Projects { get; } = new()
    {
        { "SimCse.Tokenization", "Mecab" },
        { "SimCse.Inference", "Operators Internals" },
        { "SimCse.Models", "Settings Weights Onnx Graphs Evaluation Quantisation Pull Untrained Measurement" },
        { "SimCse.Jobs", "Storage Charsets Parts Sources State Plan Encode Upkeep Clients" },
        { "SimCse.Functions", "Http Embed Tei OpenAi Health Model Jobs Telemetry" },
        { "SimCse.LocalHost", "App Worker Azurite Blobs Http Timers Queues" },
        { "SimCse.Cli", "Terminal CommandLine Input Output Progress Storage Local Models Search Destinations Cost Bench Commands" },
    };

    [Theory]
    [MemberData(nameof(Projects))]
    public void Folders_refer_to_those_before_them(string project, string order)
    {
        var folders = order.Split(' ').Select(folder => $"{project}.{folder}").ToArray();
        var assembly = project == "SimCse.Cli" ? "simcse" : project;
        var types = Types.FromFile(
            Path.Combine(Source(project), "bin", new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name, "net10.0", $"{assembly}.dll"));
        for (var i = 0; i < folders.Length - 1; i++)
        {
            var result = types.That().ResideInNamespace(folders[i]).ShouldNot().HaveDependencyOnAny(folders[(i + 1)..]).GetResult();
            Assert.NotEmpty(result.SelectedTypesForTesting);
            Assert.True(
                result.IsSuccessful,
                $"{folders[i]} refers to what comes after it: {string.Join(", ", result.FailingTypes.Select(type => type.FullName))}");
        }
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void Namespaces_follow_folders_and_each_folder_has_its_place(string project, string order)
    {
        foreach (var path in Directory.EnumerateFiles(Source(project), "*.cs", SearchOption.AllDirectories))
        {
            var folders = Path.GetRelativePath(Source(project), path).Split(Path.DirectorySeparatorChar)[..^1];
            if (folders is ["bin" or "obj", ..] || Namespace().Match(File.ReadAllText(path)) is not { Success: true } found)
            {
                continue; // Program.cs has none
            }

            Assert.Equal(string.Join('.', [project, .. folders]), found.Groups[1].Value);
            Assert.True(
                folders.Length == 0 || order.Split(' ').Contains(folders[0]), $"{path} stands in a folder without a place in the order.");
        }
    }

    private static string Source(string project) => Path.Combine(RepositoryRoot.Path, "src", project);

    [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex Namespace();
}
