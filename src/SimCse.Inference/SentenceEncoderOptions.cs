namespace SimCse.Inference;

/// <summary>How the session runs; none of it changes a vector beyond 1e-5.</summary>
public sealed record SentenceEncoderOptions
{
    /// <summary>Threads of one run; 0 takes what suits precision and machine.</summary>
    public int Threads { get; init; }

    /// <summary>Batches that run at once; 0 takes what suits precision and machine.</summary>
    public int Lanes { get; init; }

    /// <summary>Ids in one batch at most; a longer sequence runs alone. 0 takes what suits precision and machine.</summary>
    public int MaxTokensPerBatch { get; init; }

    /// <summary>The same on a GPU, which small batches leave idle; 0 takes what suits the precision.</summary>
    public int MaxTokensPerBatchOnCuda { get; init; }

    /// <summary>What the session runs on.</summary>
    public InferenceDevice Device { get; init; }

    /// <summary>
    /// Texts of interactive calls that may wait for their batch; a call that would bring more is refused with
    /// <see cref="EncoderBusyException"/>.
    /// </summary>
    public int MaxWaitingTexts { get; init; } = 1024;

    /// <summary>Called by a lane before each batch; tests hold the model with it.</summary>
    internal Action? BeforeBatch { get; init; }
}
