namespace SimCse.Inference.Internals;

/// <summary>How a bundle's batches are run. The one place where threads, lanes and the token budget are chosen.</summary>
/// <param name="Lanes">Batches that run at once, in one session.</param>
/// <param name="ThreadsPerLane">Threads of one run.</param>
/// <param name="MaxTokensPerBatch">Ids in one batch at most; a longer sequence runs alone.</param>
internal readonly record struct BatchingPlan(int Lanes, int ThreadsPerLane, int MaxTokensPerBatch)
{
    /// <summary>
    /// On two cores within 3 % of the best throughput of fp32, both with the demo model and with a base model (256 to 4,096 measured), and
    /// keeps the wait of an HTTP text for the batch in flight at a quarter of what 2,048 costs: 0.2 s with a base model.
    /// </summary>
    private const int FloatTokens = 512;

    /// <summary>
    /// Every batch reads all weights once. With a base model, two lanes and batches of 256, 512 and 1,024 interleaved, 512 is 6 to 8 %
    /// ahead of 256 and 1,024 11 to 13 %, when the machine's memory is slow; when it is fast, 512 is 2 to 3 % ahead and 1,024 is 2 %
    /// behind. A text over HTTP waits for the batch in flight, a quarter of a second with 512.
    /// </summary>
    private const int Int8Tokens = 512;

    /// <summary>
    /// On a GPU, in float16. By arithmetic, not measured: a base model needs 0.17 GFLOP a token, so that a batch takes a T4 (65 TFLOP/s at
    /// best) at least 43 ms, which is what an HTTP text waits, and its widest activation 100 MB. float32 has half as many: as many bytes,
    /// and more time a token.
    /// </summary>
    private const int HalfTokensOnCuda = 16_384;

    /// <inheritdoc cref="HalfTokensOnCuda"/>
    private const int FloatTokensOnCuda = 8_192;

    /// <summary>
    /// What the options leave open is taken from <c>simcse bench tune</c> if it was run here, otherwise from what was measured once.
    /// </summary>
    /// <param name="precision">The bundle's.</param>
    /// <param name="bundleFolder">Where <see cref="EncoderTuning.FileName"/> may lie.</param>
    /// <param name="options">What the caller wants.</param>
    /// <param name="processors">That this process may use; a container's limit counts.</param>
    public static BatchingPlan Create(Precision precision, string bundleFolder, SentenceEncoderOptions options, int processors)
    {
        var tuning = EncoderTuning.Find(bundleFolder, processors);
        var chosen = tuning is null
            ? Default(precision, processors)
            : new BatchingPlan(tuning.Lanes, tuning.ThreadsPerLane, tuning.MaxTokensPerBatch);
        var lanes = options.Lanes > 0 ? options.Lanes : chosen.Lanes;
        var threads = options.Threads > 0 ? options.Threads : options.Lanes > 0 ? Math.Max(1, processors / lanes) : chosen.ThreadsPerLane;
        return new BatchingPlan(lanes, threads, options.MaxTokensPerBatch > 0 ? options.MaxTokensPerBatch : chosen.MaxTokensPerBatch);
    }

    /// <summary>
    /// fp32's products scale over threads, so one lane takes them all; fp16's are fp32's on CPU. int8's do not (708 of 692 GFLOP/s on two
    /// threads): as many lanes as processors, of one thread each.
    /// </summary>
    private static BatchingPlan Default(Precision precision, int processors) =>
        precision is Precision.Float32 or Precision.Float16
            ? new BatchingPlan(1, processors, FloatTokens)
            : new BatchingPlan(processors, 1, Int8Tokens);

    /// <summary>The plan on a device: a GPU runs one batch at a time, a large one.</summary>
    public BatchingPlan On(InferenceDevice device, Precision precision, SentenceEncoderOptions options) =>
        device != InferenceDevice.Cuda ? this : this with
        {
            Lanes = 1,
            MaxTokensPerBatch = options.MaxTokensPerBatchOnCuda > 0 ? options.MaxTokensPerBatchOnCuda
                : precision == Precision.Float16 ? HalfTokensOnCuda : FloatTokensOnCuda,
        };

    /// <summary>Why a bundle is the wrong one for a device, in a sentence; <see langword="null"/> when it is not.</summary>
    public static string? Mismatch(InferenceDevice device, Precision precision) => (device, precision) switch
    {
        (InferenceDevice.Cpu, Precision.Float16) =>
            "The bundle is in fp16, which is for GPUs: a CPU computes in float32 and widens all weights for each batch, slower than " +
            "fp32. Import the model in fp32 or int8.",
        (InferenceDevice.Cuda, not (Precision.Float16 or Precision.Float32)) =>
            $"The bundle is in {precision.Name()}, which is for CPUs: CUDA has no kernels for its products, so that they run on the CPU. " +
            "Import the model in fp16.",
        _ => null,
    };
}
