using SimCse.Testing;

namespace SimCse.Cli.Tests;

/// <summary>What the environment variables name is used, and named when it cannot be.</summary>
public sealed class EnvironmentTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("encode texts.txt", "SIMCSE_HOME", "texts.txt/home", "/texts.txt/home/models' (", "set SIMCSE_HOME to a folder")]
    [InlineData("demo", "SIMCSE_HOME", "/proc/home", "in '/proc/home' (", "set SIMCSE_HOME to a folder")]
    [InlineData("up", "SIMCSE_DATA", "texts.txt/data", "the data folder 'texts.txt/data' (", "--data or SIMCSE_DATA")]
    [InlineData("encode texts.txt", "SIMCSE_MODEL", "absent", "SIMCSE_MODEL names 'absent', which is not there", "simcse model --help")]
    [InlineData("model info", "SIMCSE_MODEL", "texts.txt", "SIMCSE_MODEL names 'texts.txt', which is a file", "simcse model --help")]
    [InlineData("jobs", "SIMCSE_DATA", "elsewhere", "none runs with the data folder 'elsewhere'", "--connection")]
    [InlineData("jobs", "SIMCSE_CONNECTION", "nonsense", "in the environment variable SIMCSE_CONNECTION", "cannot be read")]
    public async Task What_a_variable_names_in_vain_is_said(string command, string variable, string value, string found, string advice)
    {
        await _folder.WriteAsync("texts.txt", "あ\n");
        var result = await CliProcess.RunAsync(
            command.Split(' '), _folder.Path, Cancellation, environment: new Dictionary<string, string> { [variable] = value });

        Assert.Equal(1, result.ExitCode);
        var error = result.ErrorLines()[^1];
        Assert.StartsWith("Error: ", error, StringComparison.Ordinal);
        Assert.Contains(found, error, StringComparison.Ordinal);
        Assert.Contains(advice, error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("encode", "SIMCSE_MODEL")]
    [InlineData("jobs", "SIMCSE_DATA", "SIMCSE_CONNECTION")]
    [InlineData("up", "SIMCSE_DATA", "SIMCSE_CONNECTION", "SIMCSE_KEY", "SIMCSE_MODEL")]
    public async Task Help_lists_the_variables(string command, params string[] variables)
    {
        var help = await _folder.RunAsync(command, "--help").SucceedAsync();
        Assert.All(variables, variable => Assert.Contains(variable, help.Output, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("simcse mod", "model")]
    [InlineData("simcse jobs ca", "cancel")]
    [InlineData("simcse tokenize --fo", "--format")]
    public async Task Bash_completes_what_has_been_typed(string typed, string expected)
    {
        var script = (await _folder.RunAsync("completion", "bash").SucceedAsync()).Output;
        await _folder.WriteAsync(
            "ask.sh",
            $$"""
            simcse() { dotnet '{{CliProcess.Assembly}}' "$@"; }
            {{script}}
            COMP_LINE='{{typed}}' COMP_POINT={{typed.Length}} COMP_WORDS=({{typed}}) COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
            _simcse
            printf '%s\n' "${COMPREPLY[@]}"
            """);

        var (exitCode, output) = await ShellAsync("bash", "--norc", "ask.sh");

        Assert.Equal(0, exitCode);
        Assert.Equal(expected + "\n", output);
    }

    private async Task<(int ExitCode, string Output)> ShellAsync(params string[] command)
    {
        var start = new System.Diagnostics.ProcessStartInfo(command[0], command[1..])
        {
            WorkingDirectory = _folder.Path,
            RedirectStandardOutput = true,
        };
        using var process = System.Diagnostics.Process.Start(start)!;
        var output = await process.StandardOutput.ReadToEndAsync(Cancellation);
        await process.WaitForExitAsync(Cancellation);
        return (process.ExitCode, output);
    }
}
