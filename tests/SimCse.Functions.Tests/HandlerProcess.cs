using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using SimCse.Testing;

namespace SimCse.Functions.Tests;

/// <summary>
/// The built handler, started as the Functions host starts it: <c>dotnet SimCse.Functions.dll</c> in the app's folder. Its environment holds
/// nothing but what it is given.
/// </summary>
internal sealed class HandlerProcess : IAsyncDisposable
{
    private const int MaxAttempts = 3;

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _output = new();
    private readonly ConcurrentQueue<string> _errors = new();

    private HandlerProcess(IReadOnlyDictionary<string, string> environment)
    {
        var start = new ProcessStartInfo("dotnet", ["SimCse.Functions.dll"])
        {
            WorkingDirectory = AppFolder,
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

        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, line) => Keep(_output, line.Data);
        _process.ErrorDataReceived += (_, line) => Keep(_errors, line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>The output folder of the project, of the configuration that the tests run in: it is the function app.</summary>
    public static string AppFolder { get; } = Path.Combine(
        RepositoryRoot.Path, "src", "SimCse.Functions", "bin",
        Path.GetRelativePath(Path.Combine(RepositoryRoot.Path, "tests", "SimCse.Functions.Tests", "bin"), AppContext.BaseDirectory));

    public required Uri Address { get; init; }

    public HttpClient Client { get; private set; } = null!;

    public string Output => string.Join('\n', _output);

    public string Errors => string.Join('\n', _errors);

    /// <summary>Starts it and waits until it answers at all, as the host does; the model may still be loading.</summary>
    public static async Task<HandlerProcess> StartAsync(IReadOnlyDictionary<string, string> settings, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            var port = FreePort();
            var handler = Start(new Dictionary<string, string>(settings) { [HandlerPort.Setting] = $"{port}" }, port);
            handler.Client = new HttpClient(new OpenApiContract()) { BaseAddress = handler.Address };
            try
            {
                await Eventually.TrueAsync("the handler answers", handler.AnswersAsync, cancellationToken);
                return handler;
            }
            catch (InvalidOperationException e) when (attempt < MaxAttempts && e.Message.Contains("address already in use", StringComparison.Ordinal))
            {
                await handler.DisposeAsync(); // somebody was faster: free ports are only free when they are looked for
            }
        }
    }

    /// <summary>Starts one that cannot run, and waits for its end.</summary>
    /// <returns>Exit code, standard output, standard error.</returns>
    public static async Task<(int ExitCode, string Output, string Errors)> RunToEndAsync(
        IReadOnlyDictionary<string, string> environment, CancellationToken cancellationToken)
    {
        await using var handler = Start(environment, 0);
        await handler._process.WaitForExitAsync(cancellationToken).WaitAsync(Eventually.DefaultTimeout, cancellationToken);
        return (handler._process.ExitCode, handler.Output, handler.Errors);
    }

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>Waits until the model is warm.</summary>
    public Task ReadyAsync(CancellationToken cancellationToken) => Eventually.TrueAsync(
        "the model is ready",
        async () => (await Client.GetAsync(new Uri("/health/ready", UriKind.Relative), cancellationToken)).IsSuccessStatusCode,
        cancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(); // as the host ends it
            await _process.WaitForExitAsync();
        }

        Client?.Dispose();
        _process.Dispose();
    }

    private static HandlerProcess Start(IReadOnlyDictionary<string, string> environment, int port) =>
        new(environment) { Address = new Uri($"http://127.0.0.1:{port}") };

    private static void Keep(ConcurrentQueue<string> lines, string? line)
    {
        if (line is not null)
        {
            lines.Enqueue(line);
        }
    }

    private async Task<bool> AnswersAsync()
    {
        if (_process.HasExited)
        {
            throw new InvalidOperationException($"The handler ended with {_process.ExitCode}: {Output}\n{Errors}");
        }

        try
        {
            await Client.GetAsync(new Uri("/", UriKind.Relative));
            return true;
        }
        catch (HttpRequestException e) when (e.InnerException is SocketException)
        {
            return false;
        }
    }
}
