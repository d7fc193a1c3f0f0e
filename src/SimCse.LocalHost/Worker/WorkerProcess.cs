using System.ComponentModel;
using System.Diagnostics;
using Google.Protobuf.WellKnownTypes;
using Microsoft.Extensions.Logging;

namespace SimCse.LocalHost.Worker;

/// <summary>One process of the app's worker. Members are thread-safe.</summary>
public sealed class WorkerProcess
{
    private static readonly TimeSpan KillTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LastLinesTimeout = TimeSpan.FromSeconds(1);

    private readonly Action _kill;
    private readonly OutputTail _tail = new();
    private readonly TaskCompletionSource<int> _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _ended;

    private WorkerProcess(WorkerChannel channel, Action kill)
    {
        (Channel, _kill) = (channel, kill);
        _ended = _exited.Task;
    }

    /// <summary>The id of the worker's process, which is this process for a worker inside it.</summary>
    public int ProcessId { get; private set; } = Environment.ProcessId;

    /// <summary>The channel, which is closed before <see cref="Exited"/> completes.</summary>
    internal WorkerChannel Channel { get; }

    /// <summary>Completes with the exit code.</summary>
    internal Task<int> Exited => _exited.Task;

    internal bool IsRestartRequested { get; private set; }

    internal ParentDeathGuard? Guard { get; private set; }

    internal string LastLines => _tail.ToString();

    /// <exception cref="LocalHostException">The program cannot be started at all.</exception>
    internal static WorkerProcess Start(ProcessStartInfo start, WorkerChannel channel, ILogger console)
    {
        var process = new Process { StartInfo = start };
        var worker = new WorkerProcess(channel, () => process.Kill(entireProcessTree: true));
        var output = new WorkerOutput(console);
        process.OutputDataReceived += (_, line) => worker.OnLine(line.Data, output.WriteStandardOutput);
        process.ErrorDataReceived += (_, line) => worker.OnLine(line.Data, output.WriteStandardError);
        process.Exited += (_, _) => _ = worker.OnExitedAsync(process);
        try
        {
            process.Start();
        }
        catch (Win32Exception e)
        {
            throw new LocalHostException(
                $"The worker '{start.FileName}' could not be started in {start.WorkingDirectory}: {e.Message}. Check worker.config.json, " +
                "and that the file may be executed.",
                e);
        }

        worker.ProcessId = process.Id;
        worker.Guard = ParentDeathGuard.For(process.Id);
        process.StandardInput.Close();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        // Must be last: if the process has ended by now, it is disposed of at once.
        process.EnableRaisingEvents = true;
        return worker;
    }

    /// <summary>
    /// Runs a worker inside this process. The task may end when the worker has started or when it has ended. If it fails, that counts as an
    /// exit with code 1 whose last line is the exception.
    /// </summary>
    internal static WorkerProcess StartInside(Func<CancellationToken, Task> start, WorkerChannel channel)
    {
        var stop = new CancellationTokenSource();
        var worker = new WorkerProcess(channel, stop.Cancel);
        stop.Token.Register(() => worker.SetExited(0));
        worker._ended = Task.Run(async () =>
        {
            try
            {
                await start(stop.Token);
            }
            catch (Exception e)
            {
                worker._tail.Add(e.ToString());
                worker.SetExited(1);
            }
        });
        return worker;
    }

    /// <summary>Requests a new process in place of this one because a function has timed out. That does not count as an error.</summary>
    internal void RequestRestart()
    {
        IsRestartRequested = true;
        Kill();
    }

    /// <summary>Asks the worker to end, and kills it if it does not within the grace.</summary>
    internal async Task StopAsync(TimeSpan grace)
    {
        if (Channel.Opened.IsCompleted && !Channel.Closed.IsCompleted)
        {
            Channel.Tell(new() { WorkerTerminate = new() { GracePeriod = Duration.FromTimeSpan(grace) } });
            await Task.WhenAny(_ended, Task.Delay(grace));
        }

        Kill();
        await Task.WhenAny(Exited, Task.Delay(KillTimeout));
    }

    /// <summary>Sends SIGKILL if the process still runs.</summary>
    internal void Kill()
    {
        try
        {
            _kill();
        }
        catch (InvalidOperationException)
        {
            // The process has already ended.
        }
    }

    private async Task OnExitedAsync(Process process)
    {
        using (process)
        {
            Channel.Close();
            // Waits for the last lines of output, but not for a child of the worker that keeps the output open.
            await Task.WhenAny(process.WaitForExitAsync(), Task.Delay(LastLinesTimeout));
            Guard?.Dispose();
            SetExited(process.ExitCode);
        }
    }

    private void SetExited(int exitCode)
    {
        Channel.Close();
        _exited.TrySetResult(exitCode);
    }

    private void OnLine(string? line, Action<string> write)
    {
        if (line is not null)
        {
            _tail.Add(line);
            write(line);
        }
    }
}
