using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using SimCse.LocalHost.Tests.Handler;
using SimCse.Testing;

namespace SimCse.LocalHost.Tests;

/// <summary>How the handler is started, and what becomes of its output.</summary>
public sealed class HandlerProcessTests(AzuriteFixture azurite)
{
    [Fact]
    public async Task The_environment_is_the_settings_and_what_the_host_adds()
    {
        await using var app = HttpApp();
        app.Settings["MY_SETTING"] = "my value";

        var host = await app.StartAsync();

        var start = await app.HandlerStartAsync();
        var handler = Assert.Single(host.Handlers);
        Assert.Equal(handler.ProcessId, start.ProcessId);
        var port = handler.Port.ToString(System.Globalization.CultureInfo.InvariantCulture);
        Assert.Equal(port, start.Environment["FUNCTIONS_HTTPWORKER_PORT"]);
        Assert.Equal(port, start.Environment["FUNCTIONS_CUSTOMHANDLER_PORT"]);
        Assert.True(Guid.TryParse(start.Environment["FUNCTIONS_HTTPWORKER_ID"], out _));
        Assert.Equal(start.Environment["FUNCTIONS_HTTPWORKER_ID"], start.Environment["FUNCTIONS_CUSTOMHANDLER_WORKER_ID"]);
        Assert.Equal(app.AppRoot, start.Environment["FUNCTIONS_APP_ROOT_PATH"]);
        Assert.Equal("my value", start.Environment["MY_SETTING"]);
        Assert.Equal("custom", start.Environment["FUNCTIONS_WORKER_RUNTIME"]);
        Assert.Equal(Environment.GetEnvironmentVariable("PATH"), start.Environment["PATH"]);
    }

    [Fact]
    public async Task Arguments_are_expanded_in_the_order_of_the_host_and_unset_names_vanish()
    {
        await using var app = HttpApp();
        app.Settings["COLOUR"] = "青";
        var description = app.HostJson["customHandler"]!["description"]!;
        description["arguments"]!.AsArray().Add("--colour=%COLOUR%");
        description["arguments"]!.AsArray().Add("[%NO_SUCH_NAME_ANYWHERE%]");
        description["defaultWorkerPath"] = "worker.txt";
        description["workerArguments"] = new JsonArray("--port=%FUNCTIONS_CUSTOMHANDLER_PORT%");

        var host = await app.StartAsync();

        var start = await app.HandlerStartAsync();
        Assert.Equal(["--colour=青", "[]", "worker.txt", $"--port={host.Handlers[0].Port}"], start.Arguments);
        Assert.Equal(app.AppRoot, start.WorkingDirectory);
    }

    [Fact]
    public async Task The_working_folder_is_relative_to_the_app()
    {
        await using var app = HttpApp();
        Directory.CreateDirectory(Path.Combine(app.AppRoot, "inside"));
        app.HostJson["customHandler"]!["description"]!["workingDirectory"] = "inside";

        await app.StartAsync();

        Assert.Equal(Path.Combine(app.AppRoot, "inside"), (await app.HandlerStartAsync()).WorkingDirectory);
    }

    [Fact]
    public async Task An_executable_beside_the_app_goes_before_PATH()
    {
        await using var app = HttpApp();
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("The executable is a shell script.");
            return;
        }

        var script = Path.Combine(app.AppRoot, "dotnet");
        await File.WriteAllTextAsync(script, "#!/bin/sh\necho it was me\nexec \"$DOTNET\" \"$@\"\n", TestContext.Current.CancellationToken);
        File.SetUnixFileMode(script, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        app.Settings["DOTNET"] = Environment.GetEnvironmentVariable("PATH")!.Split(':').Select(folder => Path.Combine(folder, "dotnet")).First(File.Exists);

        await app.StartAsync();

        await LoggedAsync(app, LogLevel.Information, "it was me");
    }

    [Fact]
    public async Task Lines_get_the_levels_that_the_host_gives_them()
    {
        await using var app = HttpApp();
        app.Starts(new Behaviour
        {
            StandardOutput = ["plain", "an error on stdout", "LanguageWorkerConsoleLog for the platform"],
            StandardError = ["broken", "a Warning of something"],
        });

        await app.StartAsync();

        await LoggedAsync(app, LogLevel.Information, "plain");
        await LoggedAsync(app, LogLevel.Information, "an error on stdout");
        await LoggedAsync(app, LogLevel.Debug, " for the platform");
        await LoggedAsync(app, LogLevel.Error, "broken");
        await LoggedAsync(app, LogLevel.Warning, "a Warning of something");
    }

    [Fact]
    public async Task A_handler_that_is_nowhere_is_named_with_the_place_that_names_it()
    {
        await using var app = HttpApp();
        app.HostJson["customHandler"]!["description"]!["defaultExecutablePath"] = "no-such-handler";

        var error = await Assert.ThrowsAsync<LocalHostException>(app.StartAsync);

        Assert.Contains("'no-such-handler'", error.Message, StringComparison.Ordinal);
        Assert.Contains("customHandler.description.defaultExecutablePath", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_instance_has_a_handler_of_its_own()
    {
        await using var app = HttpApp();
        app.Options = app.Options with { Instances = 3 };

        var host = await app.StartAsync();

        Assert.Equal(3, host.Handlers.Select(handler => (handler.ProcessId, handler.Port)).Distinct().Count());
    }

    private TestApp HttpApp() => new TestApp(azurite.ConnectionString).Function("Web", Bindings.HttpTrigger(), Bindings.HttpOutput());

    private static Task LoggedAsync(TestApp app, LogLevel level, string line)
        => Eventually.TrueAsync(
            $"'{line}' logged as {level}",
            () => Task.FromResult(app.Logs.Lines.Contains(new("Handler.0", level, line))),
            TestContext.Current.CancellationToken);
}
