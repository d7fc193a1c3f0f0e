using System.Text.RegularExpressions;
using SimCse.Testing;

namespace SimCse.Infra.Tests;

/// <summary>
/// The images: what npm's <c>dockerfile-utils</c> says of their form (no registry that this project builds from has hadolint), and what
/// their stages do.
/// </summary>
public sealed partial class DockerfileTests
{
    private static readonly NodePackage Linter = new("DockerfileLinter");

    public static TheoryData<string> Files => ["Dockerfile", "Dockerfile.gpu"];

    [Theory]
    [MemberData(nameof(Files))]
    public async Task The_linter_has_nothing_to_say(string file)
    {
        var (exitCode, output, error) = await LintAsync(Dockerfile.PathOf(file));

        Assert.Equal((0, ""), (exitCode, (output + error).Trim()));
    }

    [Theory]
    [InlineData("RUNN dotnet publish", "Unknown instruction: RUNN")]
    [InlineData("EXPOSE eighty", "Invalid containerPort: eighty")]
    [InlineData("COPY app", "COPY requires at least two arguments")]
    [InlineData("FROM scratch AS one", "duplicate name one")]
    [InlineData("CMD a\nCMD b", "There can only be one CMD instruction")]
    public async Task The_linter_would_find_a_mistake(string mistake, string expected)
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder["Dockerfile"], $"FROM scratch AS one\n{mistake}\n", TestContext.Current.CancellationToken);

        var (_, output, _) = await LintAsync(folder["Dockerfile"]);

        Assert.Contains(expected, output, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_stage_has_a_name_and_a_base_of_a_version(string file) => Assert.All(Dockerfile.Read(file), stage =>
    {
        Assert.NotEmpty(stage.Name);
        Assert.True(stage.Base == "scratch" || VersionPattern().IsMatch(stage.Base), $"{stage.Base} names no version.");
        Assert.DoesNotContain(":latest", stage.Base, StringComparison.Ordinal);
    });

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_copy_is_from_a_stage_or_from_a_file_that_is_there(string file)
    {
        var names = new HashSet<string>();
        foreach (var stage in Dockerfile.Read(file))
        {
            foreach (var copy in stage.Instructions.Where(instruction => instruction.Name == "COPY").Select(
                instruction => instruction.Arguments.Split(' ')))
            {
                if (copy[0].StartsWith("--from=", StringComparison.Ordinal))
                {
                    Assert.Contains(copy[0]["--from=".Length..], names);
                    continue;
                }

                Assert.All(copy[..^1].Where(source => !source.Contains('$', StringComparison.Ordinal)), source =>
                    Assert.True(Path.Exists(Path.Combine(RepositoryRoot.Path, source)), $"{file} copies {source}"));
                Assert.All(copy[..^1], source => Assert.DoesNotContain("..", source, StringComparison.Ordinal));
            }

            names.Add(stage.Name);
        }
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void The_image_is_a_Functions_host_with_the_whole_app(string file)
    {
        var stages = Dockerfile.Read(file);
        var final = stages[^1];
        var copies = final.Instructions.Where(instruction => instruction.Name == "COPY")
            .Select(instruction => instruction.Arguments).ToList();

        Assert.StartsWith("mcr.microsoft.com/azure-functions/", final.Base, StringComparison.Ordinal);
        Assert.Contains("--from=build /app /home/site/wwwroot", copies); // the folder, not /app/*: .azurefunctions is hidden
        Assert.Equal("/home/site/wwwroot", Dockerfile.EnvironmentOf(final)["AzureWebJobsScriptRoot"]);
        Assert.Equal("80", final.Instructions.Single(instruction => instruction.Name == "EXPOSE").Arguments);
        // nothing is fetched or compiled in the image that runs
        Assert.DoesNotContain(final.Instructions, instruction => instruction.Name is "RUN" or "ADD");
        Assert.True(File.Exists(Path.Combine(RepositoryRoot.Path, "infra", "docker", "no-bundle", "README.txt")));
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void No_secret_goes_into_an_image(string file) =>
        Assert.DoesNotMatch(SecretPattern(), File.ReadAllText(Dockerfile.PathOf(file)));

    [Theory]
    [InlineData("Dockerfile", false)]
    [InlineData("Dockerfile.gpu", true)]
    public void The_build_publishes_the_app_with_the_runtime_for_its_device(string file, bool isGpu)
    {
        var publish = Dockerfile.Read(file).Single(stage => stage.Name == "build").Instructions
            .Single(instruction => instruction.Name == "RUN").Arguments;

        Assert.StartsWith("dotnet publish src/SimCse.Functions -c Release", publish, StringComparison.Ordinal);
        Assert.Equal(isGpu, publish.Contains("-p:OnnxRuntime=gpu", StringComparison.Ordinal));
    }

    /// <summary>
    /// The list is what `readelf -d` says of the provider of the pinned package. A new version is a reason to run
    /// infra/docker/check-gpu-build.sh again, and only then to write it here and into Dockerfile.gpu.
    /// </summary>
    [Fact]
    public void The_GPU_image_has_what_the_pinned_provider_is_linked_to()
    {
        var packages = File.ReadAllText(Path.Combine(RepositoryRoot.Path, "Directory.Packages.props"));
        Assert.Contains("\"Microsoft.ML.OnnxRuntime.Gpu.Linux\" Version=\"1.31.0\"", packages, StringComparison.Ordinal);
        Assert.Contains(
            "\"Microsoft.ML.OnnxRuntime.Managed\" Version=\"1.31.0\" Condition=\"'$(OnnxRuntime)' == 'gpu'\"", packages,
            StringComparison.Ordinal);
        Assert.Contains(
            "Microsoft.ML.OnnxRuntime.Gpu.Linux 1.31.0", File.ReadAllText(Dockerfile.PathOf("Dockerfile.gpu")), StringComparison.Ordinal);

        var final = Dockerfile.Read("Dockerfile.gpu")[^1];
        var copies = string.Join(
            '\n', final.Instructions.Where(instruction => instruction.Name == "COPY").Select(instruction => instruction.Arguments));
        Assert.All(
            ["libcudart.so.13", "libcublas.so.13", "libcublasLt.so.13", "libcurand.so.10", "libnvrtc.so.13", "libcudnn*.so.9"],
            library => Assert.Contains($"/{library}* /opt/cuda/lib/", copies, StringComparison.Ordinal));
        Assert.Equal("/opt/cuda/lib", Dockerfile.EnvironmentOf(final)["LD_LIBRARY_PATH"]);
        Assert.StartsWith(
            "nvidia/cuda:13.", Dockerfile.Read("Dockerfile.gpu").Single(stage => stage.Name == "cuda").Base, StringComparison.Ordinal);
    }

    private static Task<ProgramResult> LintAsync(string path) =>
        Linter.RunAsync(["node_modules/dockerfile-utils/bin/dockerfile-utils", "lint", path], "", TestContext.Current.CancellationToken);

    [GeneratedRegex(":[0-9]+[0-9a-z.-]*$")]
    private static partial Regex VersionPattern();

    [GeneratedRegex("AccountKey|password|secret|token|sig=", RegexOptions.IgnoreCase)]
    private static partial Regex SecretPattern();
}
