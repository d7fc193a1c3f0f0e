using System.Diagnostics;
using SimCse.LocalHost;
using SimCse.Testing;

namespace SimCse.Functions.Tests;

/// <summary>
/// A worker that cannot run says why on standard error, which the host keeps, and ends with a code that is not 0: the host takes 0 for
/// success and never starts the worker again.
/// </summary>
public sealed class FatalStartTests(AppFixture app)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public Task Without_a_host() =>
        FailsAsync("it is started by a Functions host. Run `func start` in this folder, or `simcse up`.", _ => { }, host: false);

    [Fact]
    public Task Without_a_bundle() => FailsAsync(
        "The setting Model__Bundle is missing; expected the folder of a bundle, or in Model__Blob the prefix of one in the container " +
        "models. `simcse model demo -o DIR` makes an untrained one",
        settings => settings.Remove("Model__Bundle"));

    [Fact]
    public Task With_a_device_that_is_none() => FailsAsync(
        "The setting Inference__Device is 'tpu'; expected auto, cpu, cuda.", settings => settings["Inference__Device"] = "tpu");

    [Fact]
    public Task Without_a_storage_account() => FailsAsync("AzureWebJobsStorage", settings => settings.Remove("AzureWebJobsStorage"));

    [Theory]
    [InlineData("Embed__MaxTexts", "0", "The setting Embed__MaxTexts is 0; expected 1 to 16384.")]
    [InlineData("Embed__MaxTexts", "many", "'many'")]
    [InlineData("Embed__MaxBodyBytes", "100", "The setting Embed__MaxBodyBytes is 100; expected 1024 to 67108864.")]
    [InlineData("Jobs__Dimensions", "0", "The setting Jobs__Dimensions is 0; expected 1 to")]
    [InlineData("Jobs__Normalize", "perhaps", "'perhaps'")]
    [InlineData("Jobs__MaxPlanMinutes", "0", "The setting Jobs__MaxPlanMinutes is 0; expected 1 to 1440.")]
    [InlineData("Model__Blob", "../texts/x", "Model__Blob is '../texts/x', which can be no blob's name: '.' and '..'")]
    [InlineData("Jobs__Prefixes", """{"a/": {"textcolum": "b"}}""", "Jobs__Prefixes cannot be read. Prefix 'a/': \"options\" holds")]
    [InlineData("Jobs__Arithmetic", "exact", "The setting Jobs__Arithmetic is 'exact'; expected label or strict.")]
    [InlineData("Jobs__include_text", "false", "There is no setting Jobs__include_text; did you mean Jobs__IncludeText?")]
    public Task With_a_setting_that_is_wrong(string name, string value, string expected) =>
        FailsAsync(expected, settings => settings[name] = value);

    /// <summary>Storage is prepared behind the functions, so there must be a host first.</summary>
    [Fact]
    public async Task With_a_connection_string_that_is_none()
    {
        var settings = new Dictionary<string, string>(app.Settings) { ["AzureWebJobsStorage"] = "nonsense" };

        var failure = await Assert.ThrowsAsync<LocalHostException>(async () =>
        {
            await using var running = await RunningApp.StartAsync(settings);
            await running.Host.Completion.WaitAsync(Eventually.DefaultTimeout, Cancellation);
        });

        Assert.Contains("The SimCSE Functions app cannot run", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("disposed", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stop_that_is_asked_for_is_no_error()
    {
        var running = await RunningApp.StartAsync(app.Settings);
        await running.ReadyAsync();

        await running.DisposeAsync();

        Assert.DoesNotContain("cannot run", running.Output, StringComparison.Ordinal);
    }

    private async Task FailsAsync(string expected, Action<Dictionary<string, string>> arrange, bool host = true)
    {
        var settings = new Dictionary<string, string>(app.Settings);
        arrange(settings);
        string[] arguments = host
            ?
            [
                "--functions-uri", $"http://127.0.0.1:{FreePort.Find()}", "--functions-worker-id", "w", "--functions-request-id", "r",
                "--functions-grpc-max-message-length", "2147483647",
            ]
            : [];

        var (exitCode, errors) = await RunAsync(settings, arguments);

        Assert.Equal(1, exitCode);
        Assert.Contains(expected, errors, StringComparison.Ordinal);
        Assert.Single(errors.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    /// <summary>With an environment that holds nothing but what it is given.</summary>
    private static async Task<(int ExitCode, string Errors)> RunAsync(Dictionary<string, string> environment, string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", ["SimCse.Functions.dll", .. arguments])
        {
            WorkingDirectory = BuiltApp.Folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Clear();
        foreach (var name in (string[])["PATH", "HOME", "DOTNET_ROOT", "SystemRoot", "TEMP", "TMP"])
        {
            if (Environment.GetEnvironmentVariable(name) is { } value)
            {
                start.Environment[name] = value;
            }
        }

        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        limit.CancelAfter(Eventually.DefaultTimeout);
        try
        {
            var (output, errors) = (process.StandardOutput.ReadToEndAsync(limit.Token), process.StandardError.ReadToEndAsync(limit.Token));
            await process.WaitForExitAsync(limit.Token);
            await output;
            return (process.ExitCode, await errors);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
            }
        }
    }
}
