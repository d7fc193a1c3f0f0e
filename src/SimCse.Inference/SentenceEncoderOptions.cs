namespace SimCse.Inference;

/// <summary>How the session runs; none of it changes a vector beyond 1e-5.</summary>
public sealed record SentenceEncoderOptions
{
    /// <summary>Threads of one run; 0 divides the processors that this process may use (a container's limit counts) among the lanes.</summary>
    public int Threads { get; init; }

    /// <summary>Batches that run at once; 0 takes what suits the model: one for fp32.</summary>
    public int Lanes { get; init; }

    /// <summary>
    /// Ids in one batch at most; a longer sequence runs alone. On two cores 512 reaches within 3 % of the best throughput, both with the
    /// demo model and with a base model (256 to 4,096 measured), and keeps the wait of an HTTP text for the batch in flight at a quarter of
    /// what 2,048 costs: 0.2 s with a base model.
    /// </summary>
    public int MaxTokensPerBatch { get; init; } = 512;

    /// <summary>
    /// Texts of interactive calls that may wait for their batch; a call that would bring more is refused with <see cref="EncoderBusyException"/>.
    /// </summary>
    public int MaxWaitingTexts { get; init; } = 1024;
}
