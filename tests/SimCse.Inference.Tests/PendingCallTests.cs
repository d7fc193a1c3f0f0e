using System.Diagnostics;

namespace SimCse.Inference.Tests;

public sealed class PendingCallTests(DemoEncoder demo)
{
    [Fact]
    public void Times_are_means_over_the_sequences_from_when_the_call_came()
    {
        var call = demo.Call(EncodePriority.Interactive, 5, 6);
        var came = call.EnqueuedAt;

        call.RecordRun(came + Stopwatch.Frequency, came + (4 * Stopwatch.Frequency));
        Assert.False(call.Completion.IsCompleted);
        call.RecordRun(came + (3 * Stopwatch.Frequency), came + (4 * Stopwatch.Frequency));

        Assert.True(call.Completion.IsCompletedSuccessfully);
        Assert.Equal((2, 2), (call.MeanQueueTime.TotalSeconds, call.MeanInferenceTime.TotalSeconds));
    }
}
