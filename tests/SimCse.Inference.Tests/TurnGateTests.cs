namespace SimCse.Inference.Tests;

public sealed class TurnGateTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Lets_callers_in_one_at_a_time_in_the_order_in_which_they_came()
    {
        var gate = new TurnGate();
        await gate.EnterAsync(Cancellation);
        var second = gate.EnterAsync(Cancellation);
        var third = gate.EnterAsync(Cancellation);
        Assert.False(second.IsCompleted || third.IsCompleted);

        gate.Exit();
        await second;
        Assert.False(third.IsCompleted);

        gate.Exit();
        await third;
    }

    [Fact]
    public async Task Sends_a_caller_that_comes_back_behind_those_who_wait()
    {
        var gate = new TurnGate();
        await gate.EnterAsync(Cancellation);
        var waiting = gate.EnterAsync(Cancellation);

        gate.Exit();
        var back = gate.EnterAsync(Cancellation);

        await waiting;
        Assert.False(back.IsCompleted);
        gate.Exit();
        await back;
    }

    [Fact]
    public async Task Passes_over_a_caller_that_gave_up()
    {
        var gate = new TurnGate();
        using var givesUp = new CancellationTokenSource();
        await gate.EnterAsync(Cancellation);
        var impatient = gate.EnterAsync(givesUp.Token);
        var patient = gate.EnterAsync(Cancellation);

        await givesUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => impatient);
        gate.Exit();

        await patient;
    }

    [Fact]
    public async Task Is_free_again_after_everybody_has_left()
    {
        var gate = new TurnGate();
        using var givesUp = new CancellationTokenSource();
        await gate.EnterAsync(Cancellation);
        var impatient = gate.EnterAsync(givesUp.Token);
        await givesUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => impatient);

        gate.Exit();

        Assert.True(gate.EnterAsync(Cancellation).IsCompletedSuccessfully);
    }

    [Fact]
    public async Task Refuses_a_caller_that_has_given_up_before_it_came()
    {
        var gate = new TurnGate();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => gate.EnterAsync(new CancellationToken(canceled: true)));

        Assert.True(gate.EnterAsync(Cancellation).IsCompletedSuccessfully);
    }
}
