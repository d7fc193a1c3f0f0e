namespace SimCse.Inference;

/// <summary>How a bundle's batches are run. The one place where threads, lanes and the token budget are chosen.</summary>
/// <param name="Lanes">Batches that run at once, in one session.</param>
/// <param name="ThreadsPerLane">Threads of one run.</param>
/// <param name="MaxTokensPerBatch">Ids in one batch at most; a longer sequence runs alone.</param>
internal readonly record struct BatchingPlan(int Lanes, int ThreadsPerLane, int MaxTokensPerBatch)
{
    /// <summary>What the options leave open is chosen for the bundle: fp32's products scale over threads, so one lane takes them all.</summary>
    public static BatchingPlan For(SentenceEncoderOptions options)
    {
        var lanes = options.Lanes > 0 ? options.Lanes : 1;
        var threads = options.Threads > 0 ? options.Threads : Math.Max(1, Environment.ProcessorCount / lanes);
        return new BatchingPlan(lanes, threads, options.MaxTokensPerBatch);
    }
}
