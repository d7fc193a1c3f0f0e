using System.Runtime.InteropServices;
using SimCse.LocalHost.App;
using SimCse.LocalHost.Worker;
using SimCse.Testing;

namespace SimCse.LocalHost.Tests;

/// <summary>From worker.config.json to a command line.</summary>
public sealed class WorkerCommandTests : IDisposable
{
    private readonly TemporaryFolder _app = new();
    private readonly Dictionary<string, string> _settings = [];

    public void Dispose() => _app.Dispose();

    [Fact]
    public void A_worker_for_dotnet_is_its_assembly_in_the_apps_folder()
    {
        var command = Command("""{ "description": { "language": "dotnet-isolated", "defaultExecutablePath": "dotnet", "defaultWorkerPath": "App.dll" } }""");

        Assert.Equal("dotnet", Path.GetFileNameWithoutExtension(command[0]));
        Assert.True(Path.IsPathRooted(command[0]));
        Assert.Equal([_app["App.dll"], "--host", "h"], command[1..]);
    }

    [Fact]
    public void A_worker_that_brings_its_runtime_is_a_program_in_the_apps_folder()
    {
        File.WriteAllText(_app["App"], "");

        var command = Command("""
            { "description": { "language": "dotnet-isolated", "arguments": ["-a", "{WorkerRoot}b"], "defaultExecutablePath": "{WorkerRoot}App", "defaultWorkerPath": "" } }
            """);

        Assert.Equal([_app["App"], "-a", _app["b"], "--host", "h"], command);
    }

    [Fact]
    public void Where_dotnet_is_not_on_PATH_it_is_the_one_that_runs_this_program()
    {
        _settings["PATH"] = _app.Path;

        var command = Command("""{ "description": { "language": "dotnet-isolated", "defaultExecutablePath": "dotnet", "defaultWorkerPath": "App.dll" } }""");

        Assert.True(File.Exists(command[0]));
        Assert.StartsWith(Path.GetDirectoryName(command[0])!, RuntimeEnvironment.GetRuntimeDirectory(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_program_of_the_app_goes_before_PATH()
    {
        File.WriteAllText(_app["dotnet"], "");

        Assert.Equal(_app["dotnet"], Command("""{ "description": { "language": "dotnet-isolated", "defaultExecutablePath": "dotnet" } }""")[0]);
    }

    [Fact]
    public void A_program_that_is_nowhere_is_named_with_the_place_that_names_it()
    {
        var error = Assert.Throws<LocalHostException>(
            () => Command("""{ "description": { "language": "dotnet-isolated", "defaultExecutablePath": "no-such-worker" } }"""));

        Assert.Contains("'no-such-worker'", error.Message, StringComparison.Ordinal);
        Assert.Contains("worker.config.json names as defaultExecutablePath", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{ broken", "is not a worker.config.json")]
    [InlineData("{}", "expected a description with language dotnet-isolated")]
    [InlineData("""{ "description": { "language": "node", "defaultExecutablePath": "node" } }""", "expected a description with language dotnet-isolated")]
    public void A_file_that_is_none_is_named(string json, string message)
        => Assert.Contains(message, Assert.Throws<LocalHostException>(() => Command(json)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_folder_without_the_file_is_no_app()
        => Assert.Contains(
            "There is no worker.config.json", Assert.Throws<LocalHostException>(() => WorkerConfig.Load(_app.Path)).Message,
            StringComparison.Ordinal);

    [Fact]
    public void The_host_says_where_it_is_in_both_spellings()
    {
        var arguments = WorkerCommand.HostArguments(new Uri("http://127.0.0.1:5001"));

        var values = arguments.Chunk(2).ToDictionary(pair => pair[0], pair => pair[1]);
        Assert.Equal(("127.0.0.1", "5001", "http://127.0.0.1:5001/"), (values["--host"], values["--port"], values["--functions-uri"]));
        Assert.Equal(("2147483647", "2147483647"), (values["--grpcMaxMessageLength"], values["--functions-grpc-max-message-length"]));
        Assert.Equal(5, values.Count);
    }

    /// <summary>The worker's part of the command line, without the program that gives it a session of its own.</summary>
    private string[] Command(string json)
    {
        File.WriteAllText(_app["worker.config.json"], json);
        var start = new WorkerCommand(_app.Path, WorkerConfig.Load(_app.Path), new AppSettings(_settings), "secret")
            .Create(["--host", "h"], "id");
        string[] command = [start.FileName, .. start.ArgumentList];
        return command[0] == "/usr/bin/setsid" ? command[1..] : command;
    }
}
