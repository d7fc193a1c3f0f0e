using System.Text.RegularExpressions;
using SimCse.Testing;
using YamlDotNet.Serialization;

namespace SimCse.Infra.Tests;

/// <summary>What GitHub runs for a change: the same as <c>.ci/run</c>, with pinned actions, limits of time, and no secrets.</summary>
public sealed partial class WorkflowTests
{
    [Fact]
    public void The_workflow_runs_what_everybody_runs()
    {
        var text = File.ReadAllText(Path.Combine(RepositoryRoot.Path, ".github", "workflows", "ci.yml"));
        var workflow = (Dictionary<object, object>)new DeserializerBuilder().Build().Deserialize(text)!;
        var job = (Dictionary<object, object>)((Dictionary<object, object>)workflow["jobs"]).Single().Value;
        var steps = ((List<object>)job["steps"]).Cast<Dictionary<object, object>>().ToList();
        var run = Assert.Single(steps, step => step.ContainsKey("run"));

        Assert.Equal("bash .ci/run", run["run"]);
        Assert.True(File.Exists(Path.Combine(RepositoryRoot.Path, ".ci", "run")));
        Assert.All([job, run], limited => Assert.Contains("timeout-minutes", limited.Keys));
        Assert.All(
            steps.Where(step => step.ContainsKey("uses")), step => Assert.Matches(PinnedPattern(), Assert.IsType<string>(step["uses"])));
        Assert.DoesNotContain("secrets", text, StringComparison.OrdinalIgnoreCase);
        Assert.Equal("read", Assert.Single((Dictionary<object, object>)workflow["permissions"]).Value);
    }

    [GeneratedRegex(@"^actions/[a-z-]+@v\d+\.\d+\.\d+$")]
    private static partial Regex PinnedPattern();
}
