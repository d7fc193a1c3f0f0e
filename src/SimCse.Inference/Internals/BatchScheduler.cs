using System.Diagnostics;

namespace SimCse.Inference.Internals;

/// <summary>Runs one batch: <see cref="EncoderSession.Run"/>.</summary>
internal delegate void BatchRun(List<BatchRow> rows, int length, LaneBuffers buffers);

/// <summary>
/// Runs the sequences of all callers through one session, a batch at a time in each lane. When a lane becomes free,
/// <see cref="BatchQueue"/> decides what runs next, so calls that arrive during a batch gather for the next one. Thread-safe.
/// </summary>
internal sealed class BatchScheduler : IDisposable
{
    private readonly object _lock = new();
    private readonly BatchRun _run;
    private readonly BatchQueue _queue;
    private readonly TimeSpan _maxWait;
    private readonly BatchRate _rate = new();
    private readonly Thread[] _lanes;
    private bool _disposed;

    /// <param name="run">Runs one batch, on the thread of its lane.</param>
    /// <param name="plan">The number of lanes, and the size of a batch.</param>
    /// <param name="maxWait">The time that the waiting interactive sequences may take when another interactive call comes.</param>
    public BatchScheduler(BatchRun run, BatchingPlan plan, TimeSpan maxWait)
    {
        _run = run;
        _queue = new BatchQueue(plan.MaxTokensPerBatch);
        _maxWait = maxWait;

        // Lanes have threads of their own: on the pool, a lane could queue behind the calls that wait for it.
        _lanes =
            [.. Enumerable.Range(0, plan.Lanes).Select(lane => new Thread(RunLane) { IsBackground = true, Name = $"simcse lane {lane}" })];
        foreach (var lane in _lanes)
        {
            lane.Start();
        }
    }

    /// <summary>The number of interactive sequences that wait for a batch.</summary>
    public int WaitingTexts
    {
        get
        {
            lock (_lock)
            {
                return _queue.WaitingTexts;
            }
        }
    }

    /// <summary>Runs a call's sequences, in as many batches as it takes. <see cref="PendingCall.Vectors"/> then holds the result.</summary>
    /// <exception cref="EncoderBusyException">The call is interactive, and what waits would take too long.</exception>
    /// <exception cref="ObjectDisposedException">The scheduler was disposed of before all sequences were run.</exception>
    /// <exception cref="OperationCanceledException">
    /// The call was cancelled. Its sequences that were not in a batch have left the queue.
    /// </exception>
    public async Task RunAsync(PendingCall call, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Enqueue(call);
        await using var registration = cancellationToken.UnsafeRegister((state, token) => Cancel((PendingCall)state!, token), call);
        await call.Completion;
    }

    /// <summary>Waits for the batches in flight; calls that have more to run fail.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            foreach (var call in _queue.Calls.ToArray())
            {
                _queue.Remove(call);
                call.Fail(new ObjectDisposedException(typeof(SentenceEncoder).FullName));
            }

            Monitor.PulseAll(_lock);
        }

        foreach (var lane in _lanes)
        {
            lane.Join();
        }
    }

    private void Enqueue(PendingCall call)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, typeof(SentenceEncoder));
            if (call.Priority == EncodePriority.Interactive && WaitingTime() is var wait && wait > _maxWait)
            {
                throw new EncoderBusyException(
                    $"{_queue.WaitingTexts} texts wait for the model already, which will take it about " +
                    $"{Math.Ceiling(wait.TotalSeconds):0} s; a request is taken when those before it take at most " +
                    $"{_maxWait.TotalSeconds:0} s.",
                    TimeSpan.FromSeconds(Math.Max(1, Math.Ceiling((wait - _maxWait).TotalSeconds))));
            }

            _queue.Add(call);
            Monitor.PulseAll(_lock); // a call may hold a batch for each lane
        }
    }

    /// <summary>About how long the waiting interactive sequences will take. While bulk work waits too, they get half of the time.</summary>
    private TimeSpan WaitingTime() => _rate.TimeFor(_queue.WaitingTokens) / _lanes.Length * (_queue.HasBulk ? 2 : 1);

    private void Cancel(PendingCall call, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            _queue.Remove(call);
        }

        call.Cancel(cancellationToken);
    }

    private void RunLane()
    {
        var rows = new List<BatchRow>();
        using var buffers = new LaneBuffers();
        while (Next(rows) is > 0 and var length)
        {
            Run(rows, length, buffers);
        }
    }

    /// <summary>Waits for a batch and returns the number of ids in each of its sequences; 0 after disposal.</summary>
    private int Next(List<BatchRow> rows)
    {
        lock (_lock)
        {
            while (!_disposed)
            {
                if (_queue.Take(rows) is > 0 and var length)
                {
                    return length;
                }

                Monitor.Wait(_lock);
            }

            return 0;
        }
    }

    private void Run(List<BatchRow> rows, int length, LaneBuffers buffers)
    {
        var startedAt = Stopwatch.GetTimestamp();
        Exception? error = null;
        try
        {
            _run(rows, length, buffers);
            SimCseInstrumentation.Batches.Add(1);
            SimCseInstrumentation.Tokens.Add(rows.Count * length);
        }
        catch (Exception e)
        {
            error = e;
        }

        var endedAt = Stopwatch.GetTimestamp();
        lock (_lock)
        {
            // The time of a batch that failed counts, too: interactive calls that fail one after the other would starve bulk work.
            _queue.RecordRun(rows[0].Call.Priority, endedAt - startedAt);
            if (error is not null)
            {
                Fail(rows, error);
                return;
            }

            _rate.Add(rows.Count * length, Stopwatch.GetElapsedTime(startedAt, endedAt));
            foreach (var row in rows)
            {
                row.Call.RecordRun(startedAt, endedAt, length);
            }
        }
    }

    /// <summary>Gives a batch's error only to the callers that have sequences in it. The caller holds the lock.</summary>
    private void Fail(List<BatchRow> rows, Exception exception)
    {
        foreach (var row in rows)
        {
            _queue.Remove(row.Call);
            row.Call.Fail(exception);
        }
    }
}
