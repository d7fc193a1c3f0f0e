using System.Diagnostics;

namespace SimCse.Inference.Internals;

/// <summary>Decides which sequences of equal length, from any callers, run next under a budget of tokens. Not thread-safe.</summary>
/// <remarks>
/// Interactive calls go first until they have had as much time as a bulk batch takes; then a bulk batch runs if one waits. So a single
/// interactive text waits only for the batch in flight. When many arrive, bulk work gets at most half of the time, but it always advances.
/// Interactive calls run in the order of arrival; one with more sequences than a batch holds moves to the end of the queue after each
/// batch. Bulk calls are finished one after the other, so that the first can be written while the next is encoded.
/// </remarks>
/// <param name="maxTokens">The most ids in one batch. A longer sequence runs alone.</param>
internal sealed class BatchQueue(int maxTokens)
{
    private readonly LinkedList<PendingCall> _interactive = [];
    private readonly LinkedList<PendingCall> _bulk = [];
    private long _lead; // ticks of interactive batches minus those of bulk batches, since one of the two lists was last empty
    private long _bulkBatch; // ticks of the last bulk batch

    /// <summary>The number of interactive sequences that no batch has taken yet.</summary>
    public int WaitingTexts { get; private set; }

    /// <summary>The number of their ids.</summary>
    public long WaitingTokens { get; private set; }

    /// <summary>Whether bulk work takes turns with interactive work.</summary>
    public bool HasBulk => _bulk.Count > 0;

    public void Add(PendingCall call)
    {
        call.Enqueued();
        QueueOf(call).AddLast(call.Node);
        Count(call, call.Waiting, call.WaitingTokens);
    }

    /// <summary>Removes a call's sequences that no batch has taken yet.</summary>
    public void Remove(PendingCall call)
    {
        if (call.Node.List is { } list)
        {
            list.Remove(call.Node);
            Count(call, -call.Waiting, -call.WaitingTokens);
        }
    }

    /// <summary>Every call that has sequences waiting.</summary>
    public IEnumerable<PendingCall> Calls => _interactive.Concat(_bulk);

    /// <summary>Puts the next batch into <paramref name="rows"/>, which is cleared.</summary>
    /// <returns>The number of ids in each of its sequences; 0 when nothing waits.</returns>
    public int Take(List<BatchRow> rows)
    {
        rows.Clear();
        var calls = NextCalls();
        if (calls.First is not { } first)
        {
            return 0;
        }

        var length = first.Value.NextLength;
        Fill(calls, length, Math.Max(1, maxTokens / length), rows);
        return length;
    }

    /// <summary>Adds the time of a batch. Ids would not do: the smaller batches of interactive calls cost more per id.</summary>
    public void RecordRun(EncodePriority priority, long ticks)
    {
        if (priority == EncodePriority.Interactive)
        {
            _lead += ticks;
        }
        else
        {
            _lead -= ticks;
            _bulkBatch = ticks;
        }
    }

    private LinkedList<PendingCall> NextCalls()
    {
        if (_bulk.Count == 0 || _interactive.Count == 0)
        {
            _lead = 0;
            return _bulk.Count == 0 ? _interactive : _bulk;
        }

        return _lead <= 0 || _lead < _bulkBatch ? _interactive : _bulk;
    }

    private void Fill(LinkedList<PendingCall> calls, int length, int room, List<BatchRow> rows)
    {
        var first = calls.First!;
        for (var node = first; node is not null && room > 0;)
        {
            var (call, next) = (node.Value, node.Next);
            var taken = call.Take(length, room, rows);
            room -= taken;
            Count(call, -taken, -(long)taken * length);
            if (call.Waiting == 0)
            {
                calls.Remove(node);
            }

            node = next;
        }

        if (calls == _interactive && first.List is not null)
        {
            calls.Remove(first);
            calls.AddLast(first);
        }
    }

    private LinkedList<PendingCall> QueueOf(PendingCall call) => call.Priority == EncodePriority.Interactive ? _interactive : _bulk;

    private void Count(PendingCall call, int sequences, long tokens)
    {
        if (call.Priority == EncodePriority.Interactive)
        {
            WaitingTexts += sequences;
            WaitingTokens += tokens;
            Debug.Assert(WaitingTexts >= 0 && WaitingTokens >= WaitingTexts);
        }
    }
}
