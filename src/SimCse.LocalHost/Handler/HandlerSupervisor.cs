using Microsoft.Extensions.Logging;

namespace SimCse.LocalHost;

/// <summary>
/// Keeps one handler running by the host's rules: exit code 0 is left alone, 200 is a restart asked for, anything else and a start that takes too
/// long is an error and a restart; the third error within half an hour stops the host. Members are thread-safe.
/// </summary>
internal sealed partial class HandlerSupervisor : IAsyncDisposable
{
    private const int ExitCodeForRestart = 200;

    private readonly HandlerCommand _command;
    private readonly HandlerReadiness _readiness;
    private readonly HandlerErrors _errors;
    private readonly TimeSpan _initializationTimeout;
    private readonly ILogger _logger;
    private readonly ILogger _console;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _gate = new();
    private TaskCompletionSource<HandlerProcess> _ready = NewReady();

    public HandlerSupervisor(
        HandlerCommand command, HandlerReadiness readiness, HandlerErrors errors, TimeSpan initializationTimeout, ILoggerFactory loggers, int instance)
    {
        _command = command;
        _readiness = readiness;
        _errors = errors;
        _initializationTimeout = initializationTimeout;
        _logger = loggers.CreateLogger<HandlerSupervisor>();
        _console = loggers.CreateLogger($"Handler.{instance}");
        Current = HandlerProcess.Start(command, _console);
        Completion = Task.Run(() => RunAsync(Current, _stopping.Token));
    }

    /// <summary>The process that runs now, or the last one.</summary>
    public HandlerProcess Current { get; private set; }

    /// <summary>Ends when disposed; faults with a <see cref="LocalHostException"/> when the handler's errors stop the host.</summary>
    public Task Completion { get; }

    /// <summary>
    /// Gives a process that listens. Waits through a start or restart, four times the initialization time-out at most, as the host does.
    /// A handler that ended with 0 counts as listening: the invocation then finds its connection refused.
    /// </summary>
    /// <exception cref="TimeoutException">No handler became ready in that time.</exception>
    public Task<HandlerProcess> WaitUntilReadyAsync(CancellationToken cancellationToken)
        => WaitUntilReadyAsync(4 * _initializationTimeout, cancellationToken);

    /// <summary>Waits for the first handler that listens, however many tries it takes, or for the error that stops the host.</summary>
    public Task WaitForStartAsync(CancellationToken cancellationToken) => WaitUntilReadyAsync(Timeout.InfiniteTimeSpan, cancellationToken);

    private async Task<HandlerProcess> WaitUntilReadyAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task<HandlerProcess> ready;
            lock (_gate)
            {
                ready = _ready.Task;
            }

            // A process may end between the two lines; ResetReady has run once its exit code is known.
            var process = await ready.WaitAsync(limit, cancellationToken);
            if (!process.Gone.IsCancellationRequested || await process.Exited == 0)
            {
                return process;
            }
        }
    }

    /// <summary>Kills the handler and ends the watch over it.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await Completion.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        lock (_gate)
        {
            _ready.TrySetCanceled();
        }

        _stopping.Dispose();
    }

    private async Task RunAsync(HandlerProcess process, CancellationToken stopping)
    {
        while (true)
        {
            string? error;
            await using (process)
            {
                try
                {
                    error = await WatchAsync(process, stopping);
                }
                catch (OperationCanceledException) when (stopping.IsCancellationRequested)
                {
                    return;
                }
            }

            if (error is not null && _errors.AddAndTellWhetherToStop())
            {
                throw Fail(new LocalHostException(
                    $"The handler failed {HandlerErrors.Threshold} times within half an hour, so the host stops, as it does in Azure. The last time it "
                    + $"{error}. Its last lines:{Environment.NewLine}{process.LastLines}"));
            }

            process = Start();
        }
    }

    /// <summary>Follows one process to its end. Null is a restart without an error; a text says what the error was.</summary>
    private async Task<string?> WatchAsync(HandlerProcess process, CancellationToken stopping)
    {
        LogStarted(_logger, process.ProcessId, process.Port);
        using var resetWhenGone = process.Gone.Register(() => ResetReady(process));
        var listens = await _readiness.WaitAsync(process, stopping);
        if (!listens && !process.Gone.IsCancellationRequested)
        {
            LogNotReady(_logger, process.ProcessId, _initializationTimeout);
            return $"did not listen on port {process.Port} within {_initializationTimeout}";
        }

        if (listens)
        {
            LogReady(_logger, process.ProcessId, process.Port);
            SetReady(process);
        }

        var exitCode = await process.Exited.WaitAsync(stopping);
        if (process.RestartRequested.IsCompleted || exitCode == ExitCodeForRestart)
        {
            LogRestart(_logger, process.ProcessId, exitCode);
            return null;
        }

        if (exitCode == 0 && listens)
        {
            LogEndedForGood(_logger, process.ProcessId);
            SetReady(process, evenIfGone: true);
            await process.RestartRequested.WaitAsync(stopping);
            ResetReady(process);
            return null;
        }

        LogEnded(_logger, process.ProcessId, exitCode);
        return $"ended with exit code {exitCode}{(listens ? "" : $" before it listened on port {process.Port}")}";
    }

    private HandlerProcess Start()
    {
        try
        {
            return Current = HandlerProcess.Start(_command, _console);
        }
        catch (LocalHostException e)
        {
            throw Fail(e);
        }
    }

    private LocalHostException Fail(LocalHostException reason)
    {
        lock (_gate)
        {
            _ready.TrySetException(reason);
            _ = _ready.Task.Exception;
        }

        return reason;
    }

    private void SetReady(HandlerProcess process, bool evenIfGone = false)
    {
        lock (_gate)
        {
            // One that has ended since it answered must not be given out: its ResetReady has gone by already.
            if (evenIfGone || !process.Gone.IsCancellationRequested)
            {
                _ready.TrySetResult(process);
            }
        }
    }

    /// <summary>Runs before anybody learns that the process ended, so that a message tried again at once waits for the next process.</summary>
    private void ResetReady(HandlerProcess process)
    {
        lock (_gate)
        {
            if (_ready.Task.IsCompletedSuccessfully && _ready.Task.Result == process)
            {
                _ready = NewReady();
            }
        }
    }

    private static TaskCompletionSource<HandlerProcess> NewReady() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    [LoggerMessage(Level = LogLevel.Debug, Message = "Handler started: process {ProcessId}, port {Port}")]
    private static partial void LogStarted(ILogger logger, int processId, int port);

    [LoggerMessage(Level = LogLevel.Information, Message = "Handler ready: process {ProcessId} listens on port {Port}")]
    private static partial void LogReady(ILogger logger, int processId, int port);

    [LoggerMessage(Level = LogLevel.Error, Message = "Initializing HttpWorker timed out: process {ProcessId} did not listen within {Timeout}")]
    private static partial void LogNotReady(ILogger logger, int processId, TimeSpan timeout);

    [LoggerMessage(Level = LogLevel.Information, Message = "Handler process {ProcessId} is restarted as asked (exit code {ExitCode})")]
    private static partial void LogRestart(ILogger logger, int processId, int exitCode);

    [LoggerMessage(Level = LogLevel.Warning,
        Message = "Handler process {ProcessId} ended with exit code 0; the host does not restart it, and invocations will be refused")]
    private static partial void LogEndedForGood(ILogger logger, int processId);

    [LoggerMessage(Level = LogLevel.Error, Message = "Handler process {ProcessId} ended with exit code {ExitCode}")]
    private static partial void LogEnded(ILogger logger, int processId, int exitCode);
}
