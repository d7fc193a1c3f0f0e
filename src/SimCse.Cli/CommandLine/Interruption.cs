using System.Runtime.InteropServices;

namespace SimCse.Cli.CommandLine;

/// <summary>
/// Handles Ctrl-C and SIGTERM: the first asks the command to stop, the second ends the process at once. Commands that own other processes
/// get time to stop them. Others are cut off after a moment, so that a read that cannot be cancelled does not delay the prompt.
/// </summary>
internal sealed class Interruption : IDisposable
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    private readonly bool _isPatient;
    private readonly CancellationTokenSource _cancellation = new();
    private readonly TaskCompletionSource _expired = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly PosixSignalRegistration[] _registrations;
    private Timer? _timer;

    /// <param name="isPatient">Whether the command stops processes of its own and may take time for it.</param>
    public Interruption(bool isPatient)
    {
        _isPatient = isPatient;
        _registrations =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal),
        ];
    }

    public CancellationToken Token => _cancellation.Token;

    /// <summary>Completes when a stop was requested and the time allowed for it is over.</summary>
    public Task Expired => _expired.Task;

    public int ExitCode { get; private set; } = ExitCodes.Interrupted;

    public void Dispose()
    {
        foreach (var registration in _registrations)
        {
            registration.Dispose();
        }

        _timer?.Dispose();
        _cancellation.Dispose();
    }

    private void OnSignal(PosixSignalContext signal)
    {
        signal.Cancel = true;
        if (_cancellation.IsCancellationRequested)
        {
            Environment.Exit(ExitCode);
        }

        ExitCode = signal.Signal == PosixSignal.SIGTERM ? ExitCodes.Terminated : ExitCodes.Interrupted;
        if (!_isPatient)
        {
            _timer = new Timer(_ => _expired.TrySetResult(), null, Grace, Timeout.InfiniteTimeSpan);
        }

        _cancellation.Cancel();
    }
}
