namespace SimCse.Inference;

/// <summary>How the session runs; none of it changes a vector beyond 1e-5.</summary>
public sealed record SentenceEncoderOptions
{
    /// <summary>The number of threads of one run; 0 chooses what suits precision and machine.</summary>
    public int Threads { get; init; }

    /// <summary>The number of batches that run at once; 0 chooses what suits precision and machine.</summary>
    public int Lanes { get; init; }

    /// <summary>The most ids in one batch; a longer sequence runs alone. 0 chooses what suits precision and machine.</summary>
    public int MaxTokensPerBatch { get; init; }

    /// <summary>The most ids in one batch on a GPU, which small batches leave idle; 0 chooses 16,384.</summary>
    public int MaxTokensPerBatchOnCuda { get; init; }

    public InferenceDevice Device { get; init; }

    /// <summary>
    /// How long an interactive call may have to wait for those that came before it, by the recent speed of the session. One that would wait
    /// longer is refused with <see cref="EncoderBusyException"/>.
    /// </summary>
    public TimeSpan MaxWait { get; init; } = TimeSpan.FromMinutes(3);

    /// <summary>Called by a lane before each batch. Tests hold the model with it.</summary>
    internal Action? BeforeBatch { get; init; }
}
