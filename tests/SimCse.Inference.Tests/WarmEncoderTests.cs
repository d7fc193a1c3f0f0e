namespace SimCse.Inference.Tests;

public sealed class WarmEncoderTests(DemoEncoder demo)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Makes_callers_wait_for_the_load_and_says_so_meanwhile()
    {
        var mayLoad = new TaskCompletionSource();
        await using var warm = new WarmEncoder(() =>
        {
            mayLoad.Task.Wait(Cancellation);
            return SentenceEncoder.Load(demo.Bundle);
        });
        warm.Start();
        var waiting = warm.GetAsync(Cancellation);
        Assert.Equal(WarmEncoderState.Loading, warm.Status.State);
        Assert.False(waiting.IsCompleted);

        mayLoad.SetResult();
        var encoder = await waiting;

        Assert.Equal(new WarmEncoderStatus(WarmEncoderState.Ready, null), warm.Status);
        Assert.Equal(1, (await encoder.EncodeAsync(["犬"], cancellationToken: Cancellation)).Count);
    }

    [Fact]
    public async Task Tells_every_caller_why_the_load_failed()
    {
        await using var warm = new WarmEncoder(() => throw new FileNotFoundException("no bundle there"));
        warm.Start();

        var first = await Assert.ThrowsAsync<InvalidOperationException>(() => warm.GetAsync(Cancellation));
        var second = await Assert.ThrowsAsync<InvalidOperationException>(() => warm.GetAsync(Cancellation));

        Assert.Contains("no bundle there", first.Message, StringComparison.Ordinal);
        Assert.Contains("no bundle there", second.Message, StringComparison.Ordinal);
        Assert.Equal(new WarmEncoderStatus(WarmEncoderState.Failed, "no bundle there"), warm.Status);
    }

    [Fact]
    public async Task Loads_once_however_many_ask_and_whoever_starts()
    {
        var loads = 0;
        await using var warm = new WarmEncoder(() =>
        {
            Interlocked.Increment(ref loads);
            return SentenceEncoder.Load(demo.Bundle);
        });

        var encoders = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => warm.GetAsync(Cancellation)));
        warm.Start();

        Assert.Equal(1, loads);
        Assert.Single(encoders.Distinct());
    }

    [Fact]
    public async Task Lets_a_caller_stop_waiting_without_ending_the_load()
    {
        var mayLoad = new TaskCompletionSource();
        using var givesUp = new CancellationTokenSource();
        await using var warm = new WarmEncoder(() =>
        {
            mayLoad.Task.Wait(Cancellation);
            return SentenceEncoder.Load(demo.Bundle);
        });
        var waiting = warm.GetAsync(givesUp.Token);

        await givesUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        mayLoad.SetResult();

        Assert.NotNull(await warm.GetAsync(Cancellation));
    }

    [Fact]
    public async Task Disposes_of_the_encoder_that_it_loaded()
    {
        var warm = new WarmEncoder(() => SentenceEncoder.Load(demo.Bundle));
        var encoder = await warm.GetAsync(Cancellation);

        await warm.DisposeAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => encoder.EncodeAsync(["犬"], cancellationToken: Cancellation));
    }
}
