using SimCse.Inference.Internals;

namespace SimCse.Inference.Tests;

public sealed class BatchQueueTests(DemoEncoder demo)
{
    private const int Budget = 40;
    private const long Hour = 1_000_000;

    private readonly List<BatchRow> _rows = [];

    [Fact]
    public void Puts_equal_lengths_of_different_callers_into_one_batch_up_to_the_budget()
    {
        var queue = new BatchQueue(Budget);
        var calls = Enumerable.Range(0, 6).Select(_ => Add(queue, EncodePriority.Interactive, 10)).ToArray();

        Assert.Equal((10, 4), Take(queue));
        Assert.Equal(calls[..4], _rows.Select(row => row.Call));
        Assert.Equal((10, 2), Take(queue));
        Assert.Equal(calls[4..], _rows.Select(row => row.Call));
        Assert.Equal((0, 0), Take(queue));
    }

    [Fact]
    public void Serves_texts_in_the_order_in_which_they_came()
    {
        var queue = new BatchQueue(Budget);
        Add(queue, EncodePriority.Interactive, 7);
        Add(queue, EncodePriority.Interactive, 20);
        Add(queue, EncodePriority.Interactive, 7);
        Add(queue, EncodePriority.Interactive, 3);

        Assert.Equal([(7, 2), (20, 1), (3, 1)], [Take(queue), Take(queue), Take(queue)]);
    }

    [Fact]
    public void Runs_a_sequence_over_the_budget_alone()
    {
        var queue = new BatchQueue(Budget);
        Add(queue, EncodePriority.Bulk, 50, 50);

        Assert.Equal([(50, 1), (50, 1), (0, 0)], [Take(queue), Take(queue), Take(queue)]);
    }

    [Fact]
    public void Lets_an_interactive_text_go_before_bulk_work_that_came_first()
    {
        var queue = new BatchQueue(Budget);
        Add(queue, EncodePriority.Bulk, 8, 8, 8, 8, 8, 8, 8);
        Assert.Equal((8, 5), Take(queue));
        var text = Add(queue, EncodePriority.Interactive, 8);

        Assert.Equal((8, 1), Take(queue));
        Assert.Same(text, Assert.Single(_rows).Call);
        Assert.Equal((8, 2), Take(queue));
    }

    [Fact]
    public void Lets_bulk_work_go_on_when_interactive_texts_have_had_a_bulk_batch_s_time()
    {
        var queue = new BatchQueue(Budget);
        Add(queue, EncodePriority.Bulk, Enumerable.Repeat(10, 16).ToArray());
        Assert.Equal(10, Run(queue, ticks: 30));
        AddEachABatch(queue, EncodePriority.Interactive, from: 20, to: 11);

        // 20 ticks each: bulk, a tick of which is 30, has its turn when they lead by as much; what they had too much of is taken off their
        // next turn.
        Assert.Equal(
            [20, 19, 18, 10, 17, 16, 10, 15, 10, 14, 13, 12, 11, 0],
            Enumerable.Range(0, 14).Select(_ => Run(queue, ticks: 20, bulkTicks: 30)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Shares_the_time_equally_while_both_kinds_wait_whatever_their_batches_take(int seed)
    {
        var random = new Random(seed);
        var queue = new BatchQueue(Budget);
        Add(queue, EncodePriority.Bulk, Enumerable.Repeat(10, 4_000).ToArray());
        Add(queue, EncodePriority.Interactive, Enumerable.Range(0, 2_000).Select(_ => random.Next(2, 30)).ToArray());
        var (interactive, bulk, longest) = (0L, 0L, 0L);
        for (var batch = 0; batch < 500; batch++)
        {
            Take(queue);
            var (priority, ticks) = (_rows[0].Call.Priority, (long)random.Next(1, 50));
            queue.RecordRun(priority, ticks);
            (interactive, bulk) = priority == EncodePriority.Interactive ? (interactive + ticks, bulk) : (interactive, bulk + ticks);
            longest = Math.Max(longest, ticks);
            Assert.InRange(interactive - bulk, -longest, 2 * longest);
        }
    }

    [Fact]
    public void Lets_a_text_that_finds_nobody_of_its_kind_go_next_however_often_one_comes()
    {
        var queue = new BatchQueue(Budget);
        Add(queue, EncodePriority.Bulk, Enumerable.Repeat(10, 80).ToArray());
        for (var i = 0; i < 10; i++)
        {
            Assert.Equal(10, Run(queue, ticks: 40)); // in flight when the text comes
            Add(queue, EncodePriority.Interactive, 7);
            Assert.Equal(7, Run(queue, ticks: 39));
        }
    }

    [Fact]
    public void Owes_interactive_texts_nothing_for_hours_of_bulk_work_alone()
    {
        var queue = new BatchQueue(Budget);
        Add(queue, EncodePriority.Bulk, Enumerable.Repeat(10, 1_000).ToArray());
        Assert.All(Enumerable.Range(0, 200), _ => Assert.Equal(10, Run(queue, ticks: Hour)));
        Run(queue, ticks: 30);
        AddEachABatch(queue, EncodePriority.Interactive, from: 29, to: 11);

        // They make up for the last batch, in flight when they came, and lead by another: then bulk has its turn, as ever.
        Assert.Equal([29, 28, 27, 26, 10, 25, 24, 10], Enumerable.Range(0, 8).Select(_ => Run(queue, ticks: 15, bulkTicks: 30)));
    }

    [Fact]
    public void Makes_interactive_texts_pay_nothing_for_hours_without_bulk_work()
    {
        var queue = new BatchQueue(Budget);
        AddEachABatch(queue, EncodePriority.Interactive, from: 29, to: 11);
        Assert.All(Enumerable.Range(0, 9), _ => Assert.NotEqual(0, Run(queue, ticks: Hour)));
        Run(queue, ticks: 15);
        Add(queue, EncodePriority.Bulk, Enumerable.Repeat(10, 1_000).ToArray());

        // Bulk has its turn at once, and no more of them than at any other time.
        Assert.Equal([10, 19, 18, 17, 10, 16, 15, 10], Enumerable.Range(0, 8).Select(_ => Run(queue, ticks: 15, bulkTicks: 30)));
    }

    [Fact]
    public void Finishes_a_bulk_call_before_the_next_and_fills_its_batches_from_it()
    {
        var queue = new BatchQueue(Budget);
        var first = Add(queue, EncodePriority.Bulk, 20, 10);
        var second = Add(queue, EncodePriority.Bulk, 30, 10, 10);

        Assert.Equal([(20, 1), (10, 3)], [Take(queue), Take(queue)]);
        Assert.Equal((0, 1), (first.Waiting, second.Waiting));
        Assert.Equal([(30, 1), (0, 0)], [Take(queue), Take(queue)]);
    }

    [Fact]
    public void Sends_an_interactive_call_with_more_than_a_batch_behind_those_who_wait()
    {
        var queue = new BatchQueue(Budget);
        Add(queue, EncodePriority.Interactive, 20, 19, 18);
        Add(queue, EncodePriority.Interactive, 5);

        Assert.Equal([20, 5, 19, 18, 0], Enumerable.Range(0, 5).Select(_ => Take(queue).Length));
    }

    [Fact]
    public void Takes_nothing_of_a_call_that_was_removed()
    {
        var queue = new BatchQueue(Budget);
        var gone = Add(queue, EncodePriority.Interactive, 20, 20, 10);
        var stays = Add(queue, EncodePriority.Interactive, 10);
        Take(queue);

        queue.Remove(gone);
        queue.Remove(gone);

        Assert.Equal(1, queue.WaitingTexts);
        Assert.Equal((10, 1), Take(queue));
        Assert.Same(stays, Assert.Single(_rows).Call);
        Assert.Equal((0, 0), Take(queue));
    }

    [Fact]
    public void Counts_the_texts_and_ids_of_interactive_calls_that_wait()
    {
        var queue = new BatchQueue(Budget);
        Add(queue, EncodePriority.Bulk, 9, 9);
        Assert.Equal((0, 0, true), (queue.WaitingTexts, queue.WaitingTokens, queue.HasBulk));

        Add(queue, EncodePriority.Interactive, 5, 6, 6);
        var gone = Add(queue, EncodePriority.Interactive, 7);
        Assert.Equal((4, 24), (queue.WaitingTexts, queue.WaitingTokens));

        queue.Remove(gone);
        Take(queue);
        Assert.Equal((1, 5), (queue.WaitingTexts, queue.WaitingTokens));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Takes_every_sequence_once_whatever_comes_when(int seed)
    {
        var random = new Random(seed);
        var queue = new BatchQueue(random.Next(1, 300));
        var calls = new List<PendingCall>();
        var taken = new HashSet<BatchRow>();
        for (var step = 0; step < 400; step++)
        {
            if (random.Next(3) > 0)
            {
                calls.Add(
                    Add(
                        queue, (EncodePriority)random.Next(2),
                        [.. Enumerable.Range(0, random.Next(1, 9)).Select(_ => random.Next(2, 30))]));
            }
            else
            {
                TakeInto(queue, taken);
            }
        }

        while (TakeInto(queue, taken))
        {
        }

        Assert.Equal(calls.Sum(call => call.Sequences.Lengths.Length), taken.Count);
        Assert.Equal(0, queue.WaitingTexts);
    }

    private bool TakeInto(BatchQueue queue, HashSet<BatchRow> taken)
    {
        var (length, count) = Take(queue);
        Assert.All(_rows, row => Assert.True(taken.Add(row) && row.Call.Sequences.Lengths[row.Sequence] == length));
        return count > 0;
    }

    private (int Length, int Count) Take(BatchQueue queue)
    {
        var length = queue.Take(_rows);
        return (length, _rows.Count);
    }

    /// <summary>Takes a batch that is then run in so many ticks.</summary>
    private int Run(BatchQueue queue, long ticks, long? bulkTicks = null)
    {
        var length = queue.Take(_rows);
        if (length > 0)
        {
            var priority = _rows[0].Call.Priority;
            queue.RecordRun(priority, priority == EncodePriority.Bulk ? bulkTicks ?? ticks : ticks);
        }

        return length;
    }

    /// <summary>Calls of one text, longest first and of no two lengths alike.</summary>
    private void AddEachABatch(BatchQueue queue, EncodePriority priority, int from, int to)
    {
        for (var length = from; length >= to; length--)
        {
            Add(queue, priority, length);
        }
    }

    private PendingCall Add(BatchQueue queue, EncodePriority priority, params int[] lengths)
    {
        var call = demo.Call(priority, lengths);
        queue.Add(call);
        return call;
    }
}
