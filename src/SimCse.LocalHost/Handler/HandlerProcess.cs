using System.ComponentModel;
using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace SimCse.LocalHost;

/// <summary>One run of the custom handler's program. Members are thread-safe.</summary>
public sealed class HandlerProcess : IAsyncDisposable
{
    private static readonly TimeSpan KillTimeout = TimeSpan.FromSeconds(5);

    private readonly Process _process;
    private readonly OutputTail _tail = new();
    private readonly CancellationTokenSource _gone = new();
    private readonly TaskCompletionSource<int> _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _restartRequested = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ParentDeathGuard? _guard;

    private HandlerProcess(Process process, int port, ILogger console)
    {
        _process = process;
        Port = port;
        BaseAddress = new($"http://127.0.0.1:{port}");
        var output = new HandlerOutput(console);
        process.OutputDataReceived += (_, line) => OnLine(line.Data, output.WriteStandardOutput);
        process.ErrorDataReceived += (_, line) => OnLine(line.Data, output.WriteStandardError);
        process.EnableRaisingEvents = true;
        process.Exited += (_, _) => OnExited();
        Gone = _gone.Token;
    }

    public int ProcessId { get; private set; }

    /// <summary>Where the handler listens on 127.0.0.1.</summary>
    public int Port { get; }

    internal Uri BaseAddress { get; }

    /// <summary>The exit code, once there is one.</summary>
    internal Task<int> Exited => _exited.Task;

    /// <summary>Cancelled when the process has ended: nothing that it was asked will be answered.</summary>
    internal CancellationToken Gone { get; }

    /// <summary>Completes when <see cref="RequestRestart"/> was called.</summary>
    internal Task RestartRequested => _restartRequested.Task;

    internal string LastLines => _tail.ToString();

    /// <exception cref="LocalHostException">The program cannot be started at all.</exception>
    internal static HandlerProcess Start(HandlerCommand command, ILogger console)
    {
        var (start, port) = command.Create();
        var handler = new HandlerProcess(new Process { StartInfo = start }, port, console);
        try
        {
            handler._process.Start();
        }
        catch (Win32Exception e)
        {
            throw new LocalHostException(
                $"The handler '{start.FileName}' could not be started in {start.WorkingDirectory}: {e.Message}. "
                + "Check customHandler.description of host.json, and that the file may be executed.", e);
        }

        handler.ProcessId = handler._process.Id;
        handler._guard = ParentDeathGuard.For(handler.ProcessId);
        handler._process.StandardInput.Close();
        handler._process.BeginOutputReadLine();
        handler._process.BeginErrorReadLine();
        return handler;
    }

    /// <summary>Asks for another process in this one's place without counting an error: a function has timed out.</summary>
    internal void RequestRestart()
    {
        _restartRequested.TrySetResult();
        Kill();
    }

    /// <summary>SIGKILL, as the host does it; there is no SIGTERM before.</summary>
    internal void Kill()
    {
        try
        {
            _process.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException)
        {
            // It has ended already.
        }
    }

    public async ValueTask DisposeAsync()
    {
        Kill();
        await Task.WhenAny(_exited.Task, Task.Delay(KillTimeout));
        ReleaseGuard();
        _process.Dispose();
    }

    private void OnExited()
    {
        // Cancel first: whoever awaits Exited then finds every invocation already failed.
        _gone.Cancel();
        _exited.TrySetResult(_process.ExitCode);
        ReleaseGuard();
    }

    private void ReleaseGuard() => Interlocked.Exchange(ref _guard, null)?.Dispose();

    private void OnLine(string? line, Action<string> write)
    {
        if (line is not null)
        {
            _tail.Add(line);
            write(line);
        }
    }
}
