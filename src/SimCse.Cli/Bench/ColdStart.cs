using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using SimCse.Cli.CommandLine;
using SimCse.Jobs.Storage;

namespace SimCse.Cli.Bench;

/// <summary>One start of the handler, in milliseconds since its process was started.</summary>
/// <param name="PortMs">Until it accepts connections.</param>
/// <param name="Stages">Until the handler's own stages, as <c>/health/ready</c> names them; <c>main</c> is when its code began to run.</param>
/// <param name="VectorMs">Until it has answered <c>POST /api/embed</c> with a vector.</param>
/// <param name="CpuSeconds">Of the handler until then.</param>
/// <param name="PeakBytes">Of its memory, mapped files included.</param>
internal sealed record ColdStart(double PortMs, IReadOnlyDictionary<string, double> Stages, double VectorMs, double CpuSeconds, long PeakBytes)
{
    public const string HostFile = "host.json";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan PortPollInterval = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan VectorPollInterval = TimeSpan.FromMilliseconds(5);

    /// <summary>Starts the handler as the Functions host does, waits for its first vector and kills it.</summary>
    /// <param name="app">Folder of the Functions app.</param>
    /// <param name="bundle">Its folder.</param>
    /// <param name="connectionString">Of storage that answers.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="CliException">It ended, or gave no vector; the message shows what it said.</exception>
    public static async Task<ColdStart> MeasureAsync(string app, string bundle, string connectionString, CancellationToken cancellationToken)
    {
        var port = FreePort();
        var output = new StringBuilder();
        var startedAt = DateTime.UtcNow;
        var watch = Stopwatch.StartNew();
        using var handler = Start(app, bundle, connectionString, port, output);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        try
        {
            await ConnectAsync(handler, port, patience.Token);
            var portMs = watch.Elapsed.TotalMilliseconds;
            using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
            await EmbedAsync(handler, http, patience.Token);
            var vectorMs = watch.Elapsed.TotalMilliseconds;
            var usage = ProcessUsage.Of(handler.Id);
            return new ColdStart(portMs, await StagesAsync(http, startedAt, patience.Token), vectorMs, usage.CpuSeconds, usage.PeakBytes);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested && e is OperationCanceledException or InvalidOperationException)
        {
            throw new CliException($"The handler gave no vector. It said: {Tail(output)}");
        }
        finally
        {
            handler.Kill(entireProcessTree: true);
            await handler.WaitForExitAsync(CancellationToken.None);
        }
    }

    private static Process Start(string app, string bundle, string connectionString, int port, StringBuilder output)
    {
        var (executable, arguments) = Command(app);
        var start = new ProcessStartInfo(executable, arguments)
        {
            WorkingDirectory = app,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["FUNCTIONS_CUSTOMHANDLER_PORT"] = $"{port}";
        start.Environment[StorageConnection.SettingName] = connectionString;
        start.Environment["Model__Bundle"] = bundle;
        var process = new Process { StartInfo = start };
        process.OutputDataReceived += (_, line) => Add(line.Data);
        process.ErrorDataReceived += (_, line) => Add(line.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;

        void Add(string? line)
        {
            lock (output)
            {
                output.AppendLine(line);
            }
        }
    }

    /// <summary>What <c>host.json</c> tells the Functions host to start; a file in the app's folder, or a program on the path.</summary>
    private static (string Executable, IEnumerable<string> Arguments) Command(string app)
    {
        using var host = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(app, HostFile)));
        var description = host.RootElement.GetProperty("customHandler").GetProperty("description");
        var executable = description.GetProperty("defaultExecutablePath").GetString()!;
        var beside = Path.GetFullPath(Path.Combine(app, executable));
        var arguments = description.TryGetProperty("arguments", out var given) ? given.EnumerateArray().Select(argument => argument.GetString()!).ToArray() : [];
        return (File.Exists(beside) ? beside : executable, arguments);
    }

    private static async Task ConnectAsync(Process handler, int port, CancellationToken cancellationToken)
    {
        while (true)
        {
            ThrowIfEnded(handler);
            using var client = new TcpClient();
            try
            {
                await client.ConnectAsync(IPAddress.Loopback, port, cancellationToken);
                return;
            }
            catch (SocketException)
            {
                await Task.Delay(PortPollInterval, cancellationToken);
            }
        }
    }

    private static async Task EmbedAsync(Process handler, HttpClient http, CancellationToken cancellationToken)
    {
        while (true)
        {
            ThrowIfEnded(handler);
            using var content = new StringContent("{\"inputs\": [\"今日は良い天気です。\"]}", Encoding.UTF8, "application/json");
            using var answer = await http.PostAsync(new Uri("api/embed", UriKind.Relative), content, cancellationToken);
            if (answer.StatusCode == HttpStatusCode.OK)
            {
                await answer.Content.ReadFromJsonAsync<JsonElement>(cancellationToken);
                return;
            }

            if (answer.StatusCode != HttpStatusCode.ServiceUnavailable)
            {
                throw new InvalidOperationException(await answer.Content.ReadAsStringAsync(cancellationToken));
            }

            await Task.Delay(VectorPollInterval, cancellationToken);
        }
    }

    /// <summary>Both processes read one clock. A handler of an earlier version names no stages.</summary>
    private static async Task<Dictionary<string, double>> StagesAsync(HttpClient http, DateTime startedAt, CancellationToken cancellationToken)
    {
        var health = await http.GetFromJsonAsync<JsonElement>(new Uri("health/ready", UriKind.Relative), cancellationToken);
        if (!health.TryGetProperty("startup", out var startup))
        {
            return [];
        }

        var mainMs = (startup.GetProperty("mainAt").GetDateTime() - startedAt).TotalMilliseconds;
        return startup.GetProperty("ms").EnumerateObject().Select(stage => KeyValuePair.Create(stage.Name, mainMs + stage.Value.GetDouble()))
            .Prepend(KeyValuePair.Create("main", mainMs)).ToDictionary();
    }

    private static void ThrowIfEnded(Process handler)
    {
        if (handler.HasExited)
        {
            throw new InvalidOperationException($"It ended with exit code {handler.ExitCode}.");
        }
    }

    private static string Tail(StringBuilder output)
    {
        lock (output)
        {
            return string.Join(' ', output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).TakeLast(5));
        }
    }

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
