using Microsoft.Extensions.Logging;
using SimCse.LocalHost.Tests.Worker;
using SimCse.LocalHost.Worker;
using SimCse.Testing;

namespace SimCse.LocalHost.Tests;

/// <summary>How the worker is started, and what becomes of its output and logs.</summary>
public sealed class WorkerProcessTests(AzuriteFixture azurite)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_environment_is_the_settings_and_what_the_host_adds()
    {
        await using var app = new TestApp(azurite.ConnectionString, "Web");
        app.Settings["MY_SETTING"] = "my value";

        var host = await app.StartAsync();

        var start = await app.WorkerStartAsync();
        Assert.Equal(Assert.Single(host.Workers).ProcessId, start.ProcessId);
        Assert.Equal(TestApp.AppRoot, start.WorkingDirectory);
        Assert.Equal(TestApp.AppRoot, start.Environment["FUNCTIONS_WORKER_DIRECTORY"]);
        Assert.Equal(TestApp.AppRoot, start.Environment["FUNCTIONS_APPLICATION_DIRECTORY"]);
        Assert.Equal("dotnet-isolated", start.Environment["FUNCTIONS_WORKER_RUNTIME"]);
        Assert.Equal("10.0", start.Environment["FUNCTIONS_WORKER_RUNTIME_VERSION"]);
        Assert.Equal("my value", start.Environment["MY_SETTING"]);
        Assert.Equal(Environment.GetEnvironmentVariable("PATH"), start.Environment["PATH"]);
    }

    /// <summary>Others can see arguments, so what lets a program take the worker's place is not among them, nor any setting.</summary>
    [Fact]
    public async Task The_arguments_hold_no_secret()
    {
        await using var app = new TestApp(azurite.ConnectionString, "Web");
        app.Settings["MY_SETTING"] = "a secret";

        var host = await app.StartAsync();

        var start = await app.WorkerStartAsync();
        var commandLine = await File.ReadAllTextAsync($"/proc/{Assert.Single(host.Workers).ProcessId}/cmdline", Cancellation);
        string[] secrets = ["MY_SETTING", "AzureWebJobsStorage", "Functions__Worker__WorkerId", WorkerCommand.ProxySecretVariable];
        foreach (var name in secrets)
        {
            Assert.DoesNotContain(start.Environment[name]!, commandLine, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_host_knows_the_functions_as_the_worker_describes_them()
    {
        await using var app = new TestApp(azurite.ConnectionString, "Work", "Web");

        var host = await app.StartAsync();

        Assert.Equal(["Web", "Work"], host.Functions.Select(function => function.Name));
        var work = host.Functions[1];
        Assert.Equal("SimCse.LocalHost.Tests.Worker.QueueFunctions.WorkAsync", work.Source.EntryPoint);
        Assert.Equal(("SimCse.LocalHost.Tests.Worker.dll", "dotnet-isolated"), (work.Source.ScriptFile, work.Source.Language));
        Assert.Contains("\"queueName\":\"%WORK_QUEUE%\"", Assert.Single(work.Source.RawBindings), StringComparison.Ordinal);
        Assert.Equal(app.UniqueName("work"), work.Trigger.QueueName);
    }

    [Theory]
    [InlineData("Odd", "is of type 'oddTrigger'")]
    [InlineData("Sender", "is of type 'queue' (direction Out)")]
    [InlineData("Typed", "is bound to something else than a string")]
    public async Task A_function_that_the_local_host_does_not_know_stops_it_at_the_start(string function, string message)
    {
        await using var app = new TestApp(azurite.ConnectionString, function);

        var error = await Assert.ThrowsAsync<LocalHostException>(app.StartAsync);

        Assert.Contains($"Function {function}: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.Equal(1, app.Count("start"));
    }

    [Fact]
    public async Task Lines_on_the_console_get_the_levels_that_the_host_gives_them()
    {
        await using var app = new TestApp(azurite.ConnectionString, "Web");
        app.Starts(new Behaviour
        {
            StandardOutput = ["plain", "an error on stdout", "LanguageWorkerConsoleLog for the platform"],
            StandardError = ["only talking", "it Failed", "a Warning of an error"],
        });

        await app.StartAsync();

        foreach (var (level, line) in ((LogLevel, string)[])
        [
            (LogLevel.Information, "plain"),
            (LogLevel.Information, "an error on stdout"),
            (LogLevel.Debug, " for the platform"),
            (LogLevel.Information, "only talking"),
            (LogLevel.Error, "it Failed"),
            (LogLevel.Warning, "a Warning of an error"),
        ])
        {
            await Eventually.TrueAsync(
                $"'{line}' logged as {level}", () => Task.FromResult(app.Logs.Lines.Contains(new("Worker.0", level, line))), Cancellation);
        }
    }

    [Fact]
    public async Task What_the_worker_logs_arrives_with_category_and_level_and_the_exceptions_message()
    {
        await using var app = new TestApp(azurite.ConnectionString, "Work");
        app.Answer("Work", new Answer { Throw = "the disk is full" });
        var host = await app.StartAsync();

        var error = await Assert.ThrowsAsync<InvocationFailedException>(
            () => host.InvokeQueueAsync("Work", "x", cancellationToken: Cancellation));

        Assert.Equal("System.InvalidOperationException: the disk is full", error.Message);
        Assert.Contains(app.Logs.Lines, line => line is
        { Category: "SimCse.LocalHost.Tests.Worker.QueueFunctions", Level: LogLevel.Warning, Message: "Received Work 0" });
        Assert.Contains(
            app.Logs.Lines, line => line is { Category: "Microsoft.Azure.Functions.Worker.FunctionsApplication", Level: LogLevel.Error }
            && line.Message.Contains("the disk is full", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Every_invocation_is_logged_once_at_its_start_and_once_at_its_end()
    {
        await using var app = new TestApp(azurite.ConnectionString, "Work");
        app.Answer("Work", new Answer { Throw = "no" }, new Answer());
        var queue = await app.QueueAsync("work");
        await queue.SendMessageAsync("x", Cancellation);

        await app.StartAsync();

        await app.LoggedAsync("Executed 'Functions.Work' (Succeeded, Id=");
        var lines = app.Logs.Lines.Where(line => line.Message.StartsWith("Exec", StringComparison.Ordinal)).ToList();
        Assert.Equal(["Executing", "Executed", "Executing", "Executed"], lines.Select(line => line.Message.Split(' ')[0]));
        Assert.Equal([LogLevel.Information, LogLevel.Error, LogLevel.Information, LogLevel.Information], lines.Select(line => line.Level));
        Assert.Contains(
            $"Executing 'Functions.Work' (Reason='New queue message detected on '{queue.Name}'.', Id=", lines[0].Message,
            StringComparison.Ordinal);
        Assert.EndsWith("): System.InvalidOperationException: no", lines[1].Message, StringComparison.Ordinal);
        Assert.DoesNotContain(
            app.Logs.Lines,
            line => line.Category.StartsWith("Azure.", StringComparison.Ordinal)
                || line.Category.StartsWith("Host.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Every_instance_has_a_worker_of_its_own_that_is_warmed_up_once()
    {
        await using var app = new TestApp(azurite.ConnectionString, "Warm");
        app.Options = app.Options with { Instances = 2 };

        var host = await app.StartAsync();

        RecordedInvocation[] warm = [await app.InvocationAsync("Warm", 0), await app.InvocationAsync("Warm", 1)];
        Assert.Equal(host.Workers.Select(worker => worker.ProcessId).Order(), warm.Select(invocation => invocation.ProcessId).Order());
        Assert.NotEqual(warm[0].ProcessId, warm[1].ProcessId);
    }

    [Fact]
    public async Task A_worker_inside_this_process_is_invoked_like_any_other()
    {
        await using var app = new TestApp(azurite.ConnectionString, "Work", "Web", "Tick", "Warm");
        Environment.SetEnvironmentVariable("FUNCTIONS_APPLICATION_DIRECTORY", TestApp.AppRoot);
        app.Options = app.Options with
        {
            Listen = false,
            StartWorker = (arguments, stopping) => WorkerApp.Create([.. arguments], new Recorder(app.Folder)).StartAsync(stopping),
        };
        var host = await app.StartAsync();
        using var http = new HttpClient();

        await host.InvokeQueueAsync(
            "Work", "directly", new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero), cancellationToken: Cancellation);
        await host.InvokeTimerAsync("Tick", Cancellation);
        await host.InvokeWarmupAsync("Warm", Cancellation);
        Assert.Equal("{}", await http.GetStringAsync(new Uri(host.BaseAddress, "api/Web"), Cancellation));

        var work = await app.InvocationAsync("Work");
        Assert.Equal((Environment.ProcessId, "directly"), (work.ProcessId, work.Body));
        Assert.Equal("\"2026-01-02T03:04:05+00:00\"", work.MetadataText("InsertionTime"));
        Assert.Equal((1, 1, 1), (app.Count("Tick"), app.Count("Warm"), app.Count("Web")));
        await Assert.ThrowsAsync<ArgumentException>(() => host.InvokeQueueAsync("Tick", "", cancellationToken: Cancellation));
    }

    [Fact]
    public async Task A_worker_inside_this_process_that_does_not_start_is_an_error_at_once()
    {
        await using var app = new TestApp(azurite.ConnectionString, "Work");
        app.Options = app.Options with { Listen = false, StartWorker = (_, _) => throw new InvalidOperationException("no model") };

        var error = await Assert.ThrowsAsync<LocalHostException>(app.StartAsync);

        Assert.Contains("no model", error.Message, StringComparison.Ordinal);
    }
}
