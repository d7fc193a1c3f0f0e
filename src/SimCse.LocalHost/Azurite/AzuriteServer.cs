using System.Diagnostics;
using System.Text.RegularExpressions;
using Azure.Core;
using Azure.Storage.Blobs;
using Azure.Storage.Queues;
using Microsoft.Extensions.Logging;
using SimCse.LocalHost.Worker;

namespace SimCse.LocalHost.Azurite;

/// <summary>
/// A running Azurite, the storage emulator from npm. Its version is pinned, it is installed on first use, and it listens on loopback. It
/// stops when this object is disposed and when this process dies. Members are thread-safe.
/// </summary>
public sealed partial class AzuriteServer : IAsyncDisposable
{
    private const string AccountName = "devstoreaccount1";

    /// <summary>Azurite's well-known key. It is printed in its documentation and the same everywhere, so it is not a secret.</summary>
    private const string AccountKey = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

    /// <summary>Longer than the time that the launcher gives Azurite to write its files.</summary>
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(70);

    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(50);

    private readonly Process _process;
    private readonly OutputTail _tail = new();
    private readonly ILogger _logger;
    private readonly TaskCompletionSource<string> _blob = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<string> _queue = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>
    /// Completes when Azurite has started its last service. Tables are not used, but stopping Azurite earlier would leave it half started.
    /// </summary>
    private readonly TaskCompletionSource<string> _table = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _isStopping;

    private AzuriteServer(ProcessStartInfo start, ILogger logger)
    {
        _logger = logger;
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => OnLine(line.Data);
        _process.ErrorDataReceived += (_, line) => OnLine(line.Data);
    }

    /// <summary>
    /// The connection string for the SDK's clients and <c>AzureWebJobsStorage</c>, with the well-known account and the actual endpoints.
    /// </summary>
    public string ConnectionString { get; private set; } = "";

    public int ProcessId { get; private set; }

    /// <summary>
    /// Completes when this object is disposed. Fails with a <see cref="LocalHostException"/> when Azurite ends or closes a service before.
    /// </summary>
    public Task Completion => _ended.Task;

    /// <summary>
    /// Starts Azurite and returns when it answers. The first call on a machine installs Azurite with npm, which takes a minute.
    /// </summary>
    /// <exception cref="LocalHostException">
    /// Node.js or npm is missing, the installation failed, or Azurite ended; the message says which.
    /// </exception>
    public static async Task<AzuriteServer> StartAsync(AzuriteOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new();
        var logger = options.LoggerFactory.CreateLogger<AzuriteServer>();
        var scripts = await new AzuriteInstallation(options, logger).EnsureAsync(cancellationToken);
        await WaitForEarlierAsync(options, cancellationToken);
        var server = new AzuriteServer(StartInfo(options, scripts), logger);
        try
        {
            await server.RunAsync(options, cancellationToken);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// Tells within a few seconds whether storage answers at a connection string, which may be <c>UseDevelopmentStorage=true</c>.
    /// </summary>
    public static async Task<bool> AnswersAsync(string connectionString, CancellationToken cancellationToken = default)
        => await FindFaultAsync(connectionString, cancellationToken) is null;

    /// <summary>
    /// Like <see cref="AnswersAsync"/>, but tells a storage that refuses the connection string's account or key from one that does not
    /// answer.
    /// </summary>
    /// <returns>Null if it answers; otherwise whether it refuses the account, and its error code.</returns>
    public static async Task<(bool IsRefusal, string? Code)?> FindFaultAsync(
        string connectionString, CancellationToken cancellationToken = default)
    {
        try
        {
            var blobs = new BlobServiceClient(connectionString, Impatient(new BlobClientOptions()));
            var queues = new QueueServiceClient(connectionString, Impatient(new QueueClientOptions()));
            await foreach (var _ in blobs.GetBlobContainersAsync(cancellationToken: cancellationToken))
            {
                break;
            }

            await foreach (var _ in queues.GetQueuesAsync(cancellationToken: cancellationToken))
            {
                break;
            }

            return null;
        }
        catch (Azure.RequestFailedException e) when (e.Status is 401 or 403)
        {
            return (true, e.ErrorCode);
        }
        catch (Exception e) when (e is Azure.RequestFailedException or AggregateException or TaskCanceledException or FormatException
                                  && !cancellationToken.IsCancellationRequested)
        {
            return (false, null);
        }
    }

    /// <summary>Waits until the Azurite of a killed host has written its files: two at once would overwrite each other's.</summary>
    /// <exception cref="LocalHostException">It still runs after the time that it has for that.</exception>
    internal static async Task WaitForEarlierAsync(AzuriteOptions options, CancellationToken cancellationToken)
    {
        if (options.DataFolder is not { } folder || ProcessMark.TryRead(MarkOf(folder)) is not { IsRunning: true } earlier)
        {
            return;
        }

        Log.AzuriteAwaited(options.LoggerFactory.CreateLogger<AzuriteServer>(), earlier.Id, folder);
        for (var watch = Stopwatch.StartNew(); earlier.IsRunning; await Task.Delay(PollInterval, cancellationToken))
        {
            if (watch.Elapsed > StopTimeout)
            {
                throw new LocalHostException(
                    $"The Azurite of an earlier run (process {earlier.Id}) still has the data folder '{folder}' open; it should have " +
                    "ended with the program that started it. End that process, or choose another folder.");
            }
        }
    }

    /// <summary>Lets Azurite write its files and end, and kills it when that takes too long.</summary>
    public async ValueTask DisposeAsync()
    {
        _isStopping = true;
        _ended.TrySetResult();
        try
        {
            _process.StandardInput.Close();
            using var timeout = new CancellationTokenSource(StopTimeout);
            await _process.WaitForExitAsync(timeout.Token);
        }
        catch (OperationCanceledException)
        {
            _process.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException)
        {
            // It was never started.
        }

        _process.Dispose();
    }

    private async Task RunAsync(AzuriteOptions options, CancellationToken cancellationToken)
    {
        _process.Start();
        ProcessId = _process.Id;
        if (options.DataFolder is { } folder)
        {
            ProcessMark.Of(_process).Write(MarkOf(folder));
        }

        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        var listening = Task.WhenAll(_blob.Task, _queue.Task, _table.Task);
        var exited = _process.WaitForExitAsync(cancellationToken);
        var first = await Task.WhenAny(listening, exited, Task.Delay(options.StartTimeout, cancellationToken));
        cancellationToken.ThrowIfCancellationRequested();
        if (first != listening)
        {
            var what = first == exited
                ? $"ended with exit code {_process.ExitCode}"
                : $"did not answer within {options.StartTimeout.TotalSeconds:0} s";
            throw new LocalHostException($"Azurite {what}. Its last lines:{Environment.NewLine}{_tail}");
        }

        var (blob, queue) = (await _blob.Task, await _queue.Task);
        ConnectionString = $"DefaultEndpointsProtocol=http;AccountName={AccountName};AccountKey={AccountKey};"
                           + $"BlobEndpoint={blob}/{AccountName};QueueEndpoint={queue}/{AccountName};";
        if (!await AnswersAsync(ConnectionString, cancellationToken))
        {
            throw new LocalHostException($"Azurite listens but does not answer. Its last lines:{Environment.NewLine}{_tail}");
        }

        Log.AzuriteReady(_logger, blob, queue);
        _ = WatchAsync();
    }

    private async Task WatchAsync()
    {
        try
        {
            await _process.WaitForExitAsync();
            Fail($"ended with exit code {_process.ExitCode}");
        }
        catch (InvalidOperationException)
        {
            // It was disposed.
        }
    }

    private void Fail(string what)
    {
        if (!_isStopping)
        {
            _ended.TrySetException(new LocalHostException(
                $"Azurite (process {ProcessId}) {what} while it was needed. Start again; what was written in its last five seconds may " +
                $"be missing, and must then be uploaded again. Its last lines:{Environment.NewLine}{_tail}"));
            _ = _ended.Task.Exception; // perhaps nobody waits for it
        }
    }

    private void OnLine(string? line)
    {
        if (line is null)
        {
            return;
        }

        _tail.Add(line);
        Log.AzuriteOutput(_logger, line);
        if (ListeningLine().Match(line) is { Success: true } match)
        {
            var service = match.Groups["service"].Value switch { "Blob" => _blob, "Queue" => _queue, _ => _table };
            service.TrySetResult(match.Groups["address"].Value);
        }
        else if (line.Contains("service is closing", StringComparison.Ordinal))
        {
            Fail("closes a service"); // which it also does by itself when its data is damaged, and then goes on without that service
        }
    }

    private static ProcessStartInfo StartInfo(AzuriteOptions options, (string Launcher, string Azurite) scripts)
    {
        // Only our own connection strings lead to this server, so a newer API version of the SDK is no reason to refuse a request.
        List<string> arguments =
        [
            scripts.Launcher, scripts.Azurite, "--silent", "--skipApiVersionCheck", "--disableTelemetry",
            "--blobHost", "127.0.0.1", "--blobPort", $"{options.BlobPort}",
            "--queueHost", "127.0.0.1", "--queuePort", $"{options.QueuePort}",
            "--tableHost", "127.0.0.1", "--tablePort", "0",
        ];
        if (options.DataFolder is { } folder)
        {
            Directory.CreateDirectory(folder);
            arguments.AddRange(["--location", Path.GetFullPath(folder)]);
        }
        else
        {
            arguments.Add("--inMemoryPersistence");
        }

        // A session of its own, so that what ends the parent's process group does not end it before it has written its files.
        string[] command = [.. WorkerCommand.OwnSession is { } ownSession ? (string[])[ownSession] : [], options.Node, .. arguments];
        return new(command[0], command[1..])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
    }

    private static string MarkOf(string folder) => Path.Combine(folder, "azurite.pid");

    private static T Impatient<T>(T options)
        where T : ClientOptions
    {
        options.Retry.MaxRetries = 1;
        options.Retry.Delay = TimeSpan.FromMilliseconds(100);
        options.Retry.NetworkTimeout = TimeSpan.FromSeconds(10);
        return options;
    }

    [GeneratedRegex(@"^Azurite (?<service>Blob|Queue|Table) service is successfully listening at (?<address>http://\S+)$")]
    private static partial Regex ListeningLine();
}
