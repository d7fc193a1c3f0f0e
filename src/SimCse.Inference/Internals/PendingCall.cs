using System.Diagnostics;

namespace SimCse.Inference.Internals;

/// <summary>The sequences of one call in <see cref="BatchQueue"/>. The scheduler's lock guards everything but the vectors.</summary>
internal sealed class PendingCall
{
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CallProgress? _progress;
    private readonly long _ids;
    private readonly int[] _order;
    private readonly LengthGroup[] _groups;
    private int _firstGroup;
    private int _unfinished;
    private long _idsDone;
    private long _queueTicks;
    private long _inferenceTicks;

    public PendingCall(TokenizedBatch sequences, int dimension, EncodePriority priority, CallProgress? progress = null)
    {
        (Sequences, _progress) = (sequences, progress);
        _ids = sequences.Lengths.Sum(length => (long)length);
        Priority = priority;
        Vectors = GC.AllocateUninitializedArray<float>(checked(sequences.Lengths.Length * dimension)); // lanes write every row
        _order = sequences.ByLength();
        _groups = Groups(sequences, _order);
        _unfinished = _order.Length;
        Node = new LinkedListNode<PendingCall>(this);
        EnqueuedAt = Stopwatch.GetTimestamp();
    }

    public TokenizedBatch Sequences { get; }

    public EncodePriority Priority { get; }

    /// <summary>One vector for each sequence, as the model gives it. The lane that runs a sequence writes its row.</summary>
    public float[] Vectors { get; }

    /// <summary>The call's node in the queue.</summary>
    public LinkedListNode<PendingCall> Node { get; }

    public long EnqueuedAt { get; }

    /// <summary>The number of sequences that no batch has taken yet.</summary>
    public int Waiting { get; private set; }

    /// <summary>The number of their ids.</summary>
    public long WaitingTokens { get; private set; }

    /// <summary>The length of the next sequences. The longest go first, so that the session's arena takes its final size at once.</summary>
    public int NextLength => _groups[_firstGroup].Length;

    /// <summary>Completes with the last sequence, fails with the first batch that fails.</summary>
    public Task Completion => _done.Task;

    /// <summary>The mean waiting time of the sequences, once all are done.</summary>
    public TimeSpan MeanQueueTime => Mean(_queueTicks);

    /// <summary>The mean run time of the sequences' batches, once all are done.</summary>
    public TimeSpan MeanInferenceTime => Mean(_inferenceTicks);

    public void Enqueued()
    {
        Waiting = _order.Length;
        WaitingTokens = _ids;
    }

    /// <summary>Puts sequences of one length into a batch.</summary>
    /// <returns>The number of sequences taken; 0 when none of this length is left.</returns>
    public int Take(int length, int max, List<BatchRow> rows)
    {
        var index = IndexOf(length);
        if (index < 0)
        {
            return 0;
        }

        ref var group = ref _groups[index];
        var count = Math.Min(max, group.End - group.Next);
        for (var i = 0; i < count; i++)
        {
            rows.Add(new BatchRow(this, _order[group.Next++]));
        }

        Waiting -= count;
        WaitingTokens -= (long)count * length;
        while (_firstGroup < _groups.Length && _groups[_firstGroup].Next == _groups[_firstGroup].End)
        {
            _firstGroup++;
        }

        return count;
    }

    /// <summary>Records that one sequence of this length was run in a batch that started and ended at these times.</summary>
    public void RecordRun(long startedAt, long endedAt, int length)
    {
        _idsDone += length;
        _progress?.Fraction = (double)_idsDone / _ids;
        _queueTicks += startedAt - EnqueuedAt;
        _inferenceTicks += endedAt - startedAt;
        if (--_unfinished == 0)
        {
            _done.TrySetResult();
        }
    }

    public void Fail(Exception exception) => _done.TrySetException(exception);

    public void Cancel(CancellationToken cancellationToken) => _done.TrySetCanceled(cancellationToken);

    private TimeSpan Mean(long ticks) => _order.Length == 0 ? TimeSpan.Zero : Stopwatch.GetElapsedTime(0, ticks / _order.Length);

    private int IndexOf(int length)
    {
        for (int low = _firstGroup, high = _groups.Length - 1; low <= high;)
        {
            var middle = (low + high) / 2;
            var found = _groups[middle].Length;
            if (found == length)
            {
                return middle;
            }

            (low, high) = found > length ? (middle + 1, high) : (low, middle - 1);
        }

        return -1;
    }

    private static LengthGroup[] Groups(TokenizedBatch sequences, int[] order)
    {
        var groups = new List<LengthGroup>();
        for (int start = 0, end; start < order.Length; start = end)
        {
            var length = sequences.Lengths[order[start]];
            for (end = start + 1; end < order.Length && sequences.Lengths[order[end]] == length; end++)
            {
            }

            groups.Add(new LengthGroup(length, start, end));
        }

        return [.. groups];
    }

    /// <summary>The sequences of one length. Those from <see cref="Next"/> to <see cref="End"/> are still to be run.</summary>
    private struct LengthGroup(int length, int next, int end)
    {
        public readonly int Length = length;
        public int Next = next;
        public readonly int End = end;
    }
}

/// <param name="Call">The call that the sequence belongs to.</param>
/// <param name="Sequence">The sequence's index within the call, from 0.</param>
internal readonly record struct BatchRow(PendingCall Call, int Sequence);
