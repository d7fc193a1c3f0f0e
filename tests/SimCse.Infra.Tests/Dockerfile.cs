using System.Text.RegularExpressions;

namespace SimCse.Infra.Tests;

/// <summary>One instruction of a Dockerfile, continued lines joined.</summary>
internal sealed record DockerInstruction(string Name, string Arguments);

/// <summary>One stage: what it begins from and what it does.</summary>
internal sealed record DockerStage(string Base, string Name, IReadOnlyList<DockerInstruction> Instructions);

/// <summary>The stages of a Dockerfile.</summary>
internal static partial class Dockerfile
{
    public static string PathOf(string name) => Path.Combine(BicepCli.Folder, "docker", name);

    public static IReadOnlyList<DockerStage> Read(string name)
    {
        var stages = new List<(string Base, string Name, List<DockerInstruction> Instructions)>();
        foreach (var instruction in Instructions(File.ReadAllText(PathOf(name))))
        {
            if (instruction.Name == "FROM")
            {
                var parts = instruction.Arguments.Split(' ');
                stages.Add((parts[0], parts.Length == 3 && parts[1] == "AS" ? parts[2] : "", []));
            }
            else
            {
                stages[^1].Instructions.Add(instruction);
            }
        }

        return [.. stages.Select(stage => new DockerStage(stage.Base, stage.Name, stage.Instructions))];
    }

    /// <summary>What a stage's ENV instructions set.</summary>
    public static IReadOnlyDictionary<string, string> EnvironmentOf(DockerStage stage) => stage.Instructions
        .Where(instruction => instruction.Name == "ENV")
        .SelectMany(instruction => instruction.Arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        .Select(pair => pair.Split('=', 2))
        .ToDictionary(pair => pair[0], pair => pair[1]);

    private static IEnumerable<DockerInstruction> Instructions(string text) =>
        from line in ContinuationPattern().Replace(CommentPattern().Replace(text, ""), " ").Split('\n')
        where line.Trim().Length > 0
        let parts = line.Trim().Split(' ', 2)
        select new DockerInstruction(parts[0], parts[1].Trim());

    [GeneratedRegex(@"^\s*#.*\n", RegexOptions.Multiline)]
    private static partial Regex CommentPattern();

    [GeneratedRegex(@"\\\n\s*")]
    private static partial Regex ContinuationPattern();
}
