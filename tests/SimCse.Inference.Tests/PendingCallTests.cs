using System.Diagnostics;

namespace SimCse.Inference.Tests;

public sealed class PendingCallTests(DemoEncoder demo)
{
    [Fact]
    public void Times_are_means_over_the_sequences_from_when_the_call_came()
    {
        var call = demo.Call(EncodePriority.Interactive, 5, 6);
        var came = call.EnqueuedAt;

        call.RecordRun(came + Stopwatch.Frequency, came + (4 * Stopwatch.Frequency), length: 3);
        Assert.False(call.Completion.IsCompleted);
        call.RecordRun(came + (3 * Stopwatch.Frequency), came + (4 * Stopwatch.Frequency), length: 3);

        Assert.True(call.Completion.IsCompletedSuccessfully);
        Assert.Equal((2, 2), (call.MeanQueueTime.TotalSeconds, call.MeanInferenceTime.TotalSeconds));
    }

    [Fact]
    public async Task How_far_a_call_is_is_told_by_its_ids_and_duplicates_are_no_work()
    {
        var progress = new CallProgress();
        Assert.Equal(0, progress.Fraction);
        await demo.Encoder.EncodeAsync(
            ["猫", "猫", "犬が走る。"], new EncodeOptions { Progress = progress }, TestContext.Current.CancellationToken);
        Assert.Equal(1, progress.Fraction);
    }
}
