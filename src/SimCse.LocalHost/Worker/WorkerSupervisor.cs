using Microsoft.Extensions.Logging;
using SimCse.LocalHost.App;

namespace SimCse.LocalHost.Worker;

/// <summary>
/// Keeps one worker running by the host's rules. It is not restarted after exit code 0; 200 requests a restart. Any other exit code, or a
/// start that takes too long, is an error and a restart; the third error within half an hour stops the host. Members are thread-safe.
/// </summary>
internal sealed class WorkerSupervisor : IAsyncDisposable
{
    private const int ExitCodeForRestart = 200;

    private readonly FunctionsHostOptions _options;
    private readonly AppSettings _settings;
    private readonly RpcServer _server;
    private readonly WorkerCommand? _command;
    private readonly WorkerErrors _errors;
    private readonly ILogger _logger;
    private readonly ILogger _console;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _gate = new();
    private TaskCompletionSource<ReadyWorker> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Starts the worker with the command, or inside this process, without restarts, if there is no command.</summary>
    public WorkerSupervisor(FunctionsHostOptions options, AppSettings settings, RpcServer server, WorkerCommand? command, int instance)
    {
        (_options, _settings, _server, _command) = (options, settings, server, command);
        _errors = new(options.Timings.WorkerErrorWindow, options.TimeProvider);
        _logger = options.LoggerFactory.CreateLogger<WorkerSupervisor>();
        _console = options.LoggerFactory.CreateLogger($"Worker.{instance}");
        Completion = Task.Run(() => RunAsync(_stopping.Token));
    }

    /// <summary>The current process, or the last one; null before the first.</summary>
    public WorkerProcess? Current { get; private set; }

    /// <summary>Completes when disposed; fails with a <see cref="LocalHostException"/> when the worker's errors stop the host.</summary>
    public Task Completion { get; }

    /// <summary>Returns a worker that has loaded its functions, and waits for that during starts and restarts.</summary>
    /// <exception cref="LocalHostException">The worker's errors have stopped the host.</exception>
    /// <exception cref="InvocationFailedException">The worker has ended with exit code 0, or the host has stopped.</exception>
    public async Task<ReadyWorker> WaitUntilReadyAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task<ReadyWorker> ready;
            lock (_gate)
            {
                if (_ready.Task is { IsCompletedSuccessfully: true, Result.HasEnded: true })
                {
                    _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
                }

                ready = _ready.Task;
            }

            if (await ready.WaitAsync(cancellationToken) is { HasEnded: false } worker)
            {
                return worker;
            }
        }
    }

    /// <summary>Stops supervising and ends the worker.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await Completion.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        SetReady(ready => ready.TrySetException(new InvocationFailedException("The host stops.") { GivenUp = true }));
        _stopping.Dispose();
    }

    private async Task RunAsync(CancellationToken stopping)
    {
        try
        {
            while (true)
            {
                var process = Current = Start();
                Log.WorkerStarted(_logger, process.ProcessId);
                var error = await WatchAsync(process, stopping);
                if (_command is null)
                {
                    throw new LocalHostException(
                        $"The worker {error ?? "was stopped"}. Its last lines:{Environment.NewLine}{process.LastLines}");
                }

                if (error is not null && _errors.AddAndTellWhetherToStop())
                {
                    throw new LocalHostException(
                        $"The worker failed {WorkerErrors.Threshold} times within half an hour, so the host stops, as it does in Azure. " +
                        "The last time it "
                        + $"{error}. Its last lines:{Environment.NewLine}{process.LastLines}");
                }
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // This object was disposed.
        }
        catch (Exception e)
        {
            SetReady(ready => ready.TrySetException(e));
            throw;
        }
    }

    private WorkerProcess Start()
    {
        var id = Guid.NewGuid().ToString();
        var channel = _server.Expect(id, _options.LoggerFactory);
        var arguments = WorkerCommand.HostArguments(_server.Address);
        return _command is null
            ? WorkerProcess.StartInside(
                stopping => _options.StartWorker!([.. arguments, .. WorkerCommand.IdentityArguments(id)], stopping), channel)
            : WorkerProcess.Start(_command.Create(arguments, id), channel, _console);
    }

    /// <summary>
    /// Follows one process until it ends, and makes sure that it does. Returns null for a restart without an error, otherwise the error.
    /// </summary>
    private async Task<string?> WatchAsync(WorkerProcess process, CancellationToken stopping)
    {
        try
        {
            var worker = await LoadAsync(process, stopping);
            if (worker is not null)
            {
                Log.WorkerReady(_logger, process.ProcessId, worker.Functions.Count);
                SetReady(ready => ready.TrySetResult(worker));
            }
            else if (!process.Channel.Closed.IsCompleted)
            {
                Log.WorkerNotReady(_logger, process.ProcessId, _options.Timings.WorkerStartTimeout);
                return $"had not loaded its functions within {_options.Timings.WorkerStartTimeout}";
            }

            return await JudgeAsync(process, await EndOfAsync(process, stopping), wasReady: worker is not null, stopping);
        }
        finally
        {
            await process.StopAsync(_options.Timings.TerminationGrace);
        }
    }

    /// <summary>Returns null if loading takes too long or the process has ended.</summary>
    private async Task<ReadyWorker?> LoadAsync(WorkerProcess process, CancellationToken stopping)
    {
        using var limit = new CancellationTokenSource(_options.Timings.WorkerStartTimeout, _options.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stopping);
        try
        {
            await Task.WhenAny(process.Channel.Opened, process.Channel.Closed).WaitAsync(either.Token);
            limit.CancelAfter(_options.Timings.WorkerStartTimeout);
            var (functions, httpUri) = await new WorkerStart(process.Channel, _options.AppRoot, _settings)
                .RunAsync().WaitAsync(either.Token);
            return new(process, functions, httpUri);
        }
        catch (Exception e) when (e is WorkerGoneException || (e is OperationCanceledException && !stopping.IsCancellationRequested))
        {
            return null;
        }
    }

    /// <summary>Waits for the exit code. A worker that has closed its stream counts as ended, and is killed if it keeps running.</summary>
    private async Task<int> EndOfAsync(WorkerProcess process, CancellationToken stopping)
    {
        await process.Channel.Closed.WaitAsync(stopping);
        await Task.WhenAny(process.Exited, Task.Delay(_options.Timings.TerminationGrace, stopping));
        process.Kill();
        return await process.Exited.WaitAsync(stopping);
    }

    private async Task<string?> JudgeAsync(WorkerProcess process, int exitCode, bool wasReady, CancellationToken stopping)
    {
        if (process.IsRestartRequested || exitCode == ExitCodeForRestart)
        {
            Log.WorkerRestarts(_logger, process.ProcessId, exitCode);
            return null;
        }

        if (exitCode == 0 && wasReady)
        {
            Log.WorkerEndedForGood(_logger, process.ProcessId);
            var reason = new InvocationFailedException(
                "The worker has ended with exit code 0, and the host does not restart it.", new WorkerGoneException());
            SetReady(ready => ready.TrySetException(reason));
            await Task.Delay(Timeout.Infinite, stopping);
        }

        Log.WorkerEnded(_logger, process.ProcessId, exitCode);
        return $"ended with exit code {exitCode}{(wasReady ? "" : " before it had loaded its functions")}";
    }

    /// <summary>Sets the result for everybody who waits for a worker now or later.</summary>
    private void SetReady(Func<TaskCompletionSource<ReadyWorker>, bool> set)
    {
        lock (_gate)
        {
            if (!set(_ready))
            {
                set(_ready = new(TaskCreationOptions.RunContinuationsAsynchronously));
            }

            // Observes the failure, since perhaps nobody waits for it.
            _ = _ready.Task.Exception;
        }
    }
}
