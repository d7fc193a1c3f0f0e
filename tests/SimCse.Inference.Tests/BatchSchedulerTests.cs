using SimCse.Inference.Internals;

namespace SimCse.Inference.Tests;

/// <summary>The scheduler over a real session whose runs each test lets go on when it wants.</summary>
public sealed class BatchSchedulerTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly DemoEncoder _demo;
    private readonly EncoderSession _session;
    private readonly SemaphoreSlim _mayRun = new(0);
    private readonly SemaphoreSlim _entered = new(0);
    private readonly List<(int Length, int Count)> _batches = [];

    public BatchSchedulerTests(DemoEncoder demo)
    {
        _demo = demo;
        _session = new EncoderSession(demo.Bundle, new BatchingPlan(1, 1, 512), InferenceDevice.Cpu);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Gathers_those_who_come_while_a_batch_runs_into_the_next()
    {
        using var scheduler = Scheduler();
        var first = RunAsync(scheduler, EncodePriority.Interactive, 5);
        await EnteredAsync();
        var others = Enumerable.Range(0, 8).Select(_ => RunAsync(scheduler, EncodePriority.Interactive, 6)).ToArray();
        Assert.Equal(8, scheduler.WaitingTexts);

        _mayRun.Release(2);
        await Task.WhenAll([first, .. others]);

        Assert.Equal([(5, 1), (6, 8)], _batches);
        Assert.Equal(0, scheduler.WaitingTexts);
    }

    [Fact]
    public async Task Makes_an_interactive_text_wait_for_the_bulk_batch_in_flight_alone()
    {
        using var scheduler = Scheduler(maxTokens: 20);
        var bulk = RunAsync(scheduler, EncodePriority.Bulk, Enumerable.Repeat(10, 40).ToArray());
        await EnteredAsync();
        var text = RunAsync(scheduler, EncodePriority.Interactive, 7);

        _mayRun.Release(2);
        await text;
        await EnteredAsync();
        await EnteredAsync();
        Assert.Equal([(10, 2), (7, 1), (10, 2)], _batches);
        Assert.False(bulk.IsCompleted);

        _mayRun.Release(19);
        await bulk;
    }

    [Fact]
    public async Task Lets_bulk_work_have_its_onePlan_before_the_interactive_texts_that_came_with_it()
    {
        using var scheduler = Scheduler();
        var first = RunAsync(scheduler, EncodePriority.Interactive, 5);
        await EnteredAsync();
        Task[] texts = [.. Enumerable.Range(6, 4).Select(length => RunAsync(scheduler, EncodePriority.Interactive, length))];
        var bulk = RunAsync(scheduler, EncodePriority.Bulk, 10);

        _mayRun.Release(6);
        await Task.WhenAll([first, bulk, .. texts]);

        Assert.Equal([5, 10, 6, 7, 8, 9], _batches.Select(batch => batch.Length)); // the first batch's time counts, whatever it was
    }

    [Fact]
    public async Task Lets_bulk_work_have_its_turn_before_the_interactive_texts_that_all_fail()
    {
        using var scheduler = Scheduler(failFromLength: 5, failToLength: 9);
        var first = RunAsync(scheduler, EncodePriority.Interactive, 5);
        await EnteredAsync();
        Task[] texts = [.. Enumerable.Range(6, 4).Select(length => RunAsync(scheduler, EncodePriority.Interactive, length))];
        var bulk = RunAsync(scheduler, EncodePriority.Bulk, 10);

        _mayRun.Release(6);
        await bulk;

        foreach (var text in (Task[])[first, .. texts])
        {
            await Assert.ThrowsAsync<InvalidOperationException>(() => text);
        }

        Assert.Equal([5, 10, 6, 7, 8, 9], _batches.Select(batch => batch.Length));
    }

    [Fact]
    public async Task Runs_nothing_of_a_call_that_was_cancelled_in_the_queue()
    {
        using var scheduler = Scheduler();
        using var givesUp = new CancellationTokenSource();
        var first = RunAsync(scheduler, EncodePriority.Interactive, 5);
        await EnteredAsync();
        var impatient = scheduler.RunAsync(_demo.Call(EncodePriority.Interactive, 6, 6, 6), givesUp.Token);
        var patient = RunAsync(scheduler, EncodePriority.Interactive, 7);

        await givesUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => impatient);
        Assert.Equal(1, scheduler.WaitingTexts);
        _mayRun.Release(2);
        await Task.WhenAll(first, patient);

        Assert.Equal([(5, 1), (7, 1)], _batches);
    }

    [Fact]
    public async Task Stops_a_call_that_is_cancelled_between_its_batches()
    {
        using var scheduler = Scheduler(maxTokens: 1);
        using var givesUp = new CancellationTokenSource();
        var call = scheduler.RunAsync(_demo.Call(EncodePriority.Bulk, 6, 6, 6), givesUp.Token);
        await EnteredAsync();

        await givesUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        _mayRun.Release();
        var next = RunAsync(scheduler, EncodePriority.Bulk, 9);
        _mayRun.Release();
        await next;

        Assert.Equal([(6, 1), (9, 1)], _batches);
    }

    [Fact]
    public async Task Fails_those_in_a_batch_that_fails_and_nobody_else()
    {
        using var scheduler = Scheduler(failFromLength: 6, failToLength: 6);
        var first = RunAsync(scheduler, EncodePriority.Interactive, 5);
        await EnteredAsync();
        var (bad, alsoBad) = (RunAsync(scheduler, EncodePriority.Interactive, 6), RunAsync(scheduler, EncodePriority.Interactive, 6, 5));
        var good = RunAsync(scheduler, EncodePriority.Interactive, 7);

        _mayRun.Release(10);
        await Task.WhenAll(first, good);

        Assert.Equal("6", (await Assert.ThrowsAsync<InvalidOperationException>(() => bad)).Message);
        Assert.Equal("6", (await Assert.ThrowsAsync<InvalidOperationException>(() => alsoBad)).Message);
        Assert.Equal([(5, 1), (6, 2), (7, 1)], _batches);
    }

    [Fact]
    public async Task Refuses_interactive_texts_that_would_wait_too_long_and_takes_them_again_later()
    {
        using var scheduler = Scheduler(maxWait: TimeSpan.Zero);
        _mayRun.Release(2);
        await RunAsync(scheduler, EncodePriority.Interactive, 4); // does not count
        await RunAsync(scheduler, EncodePriority.Interactive, 4); // shows how fast it is
        await EnteredAsync();
        await EnteredAsync();
        var running = RunAsync(scheduler, EncodePriority.Interactive, 5);
        await EnteredAsync();
        var waiting = RunAsync(scheduler, EncodePriority.Interactive, 6, 7); // nobody is before it in the queue

        var refused = await Assert.ThrowsAsync<EncoderBusyException>(() => RunAsync(scheduler, EncodePriority.Interactive, 8));
        var bulk = RunAsync(scheduler, EncodePriority.Bulk, 9, 9, 9, 9);

        Assert.Equal(
            "2 texts wait for the model already, which will take it about 1 s; a request is taken when those before it take at most 0 s.",
            refused.Message);
        Assert.Equal(TimeSpan.FromSeconds(1), refused.RetryAfter);
        _mayRun.Release(10);
        await Task.WhenAll(running, waiting, bulk);
        await RunAsync(scheduler, EncodePriority.Interactive, 8);
    }

    [Fact]
    public async Task Runs_as_many_batches_at_once_as_it_has_lanes()
    {
        using var scheduler = Scheduler(lanes: 3, maxTokens: 10);
        var call = RunAsync(scheduler, EncodePriority.Bulk, 8, 8, 8, 8);

        await EnteredAsync();
        await EnteredAsync();
        await EnteredAsync(); // none has been let go on yet
        Assert.Equal(0, _entered.CurrentCount);

        _mayRun.Release(4);
        await call;
    }

    [Fact]
    public async Task Finishes_the_batch_in_flight_when_disposed_of_and_fails_the_rest()
    {
        var scheduler = Scheduler(maxTokens: 10);
        var inFlight = RunAsync(scheduler, EncodePriority.Interactive, 8);
        await EnteredAsync();
        var waiting = RunAsync(scheduler, EncodePriority.Bulk, 8, 8);

        var disposal = Task.Run(scheduler.Dispose, Cancellation);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => waiting);
        Assert.False(disposal.IsCompleted);
        _mayRun.Release();

        await Task.WhenAll(disposal, inFlight);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => RunAsync(scheduler, EncodePriority.Interactive, 5));
    }

    public void Dispose()
    {
        _session.Dispose();
        _mayRun.Dispose();
        _entered.Dispose();
    }

    private BatchScheduler Scheduler(int lanes = 1, int maxTokens = 512, TimeSpan? maxWait = null, int failFromLength = int.MaxValue,
        int failToLength = int.MaxValue) => new(
        (rows, length, buffers) =>
        {
            lock (_batches)
            {
                _batches.Add((length, rows.Count));
            }

            _entered.Release();
            Assert.True(_mayRun.Wait(Patience, CancellationToken.None));
            if (length >= failFromLength && length <= failToLength)
            {
                throw new InvalidOperationException($"{length}");
            }

            _session.Run(rows, length, buffers);
        },
        new BatchingPlan(lanes, 1, maxTokens), maxWait ?? TimeSpan.MaxValue);

    private async Task EnteredAsync() => Assert.True(await _entered.WaitAsync(Patience, Cancellation));

    private Task RunAsync(BatchScheduler scheduler, EncodePriority priority, params int[] lengths) =>
        scheduler.RunAsync(_demo.Call(priority, lengths), Cancellation);
}
