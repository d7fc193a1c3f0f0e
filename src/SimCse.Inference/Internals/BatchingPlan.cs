namespace SimCse.Inference.Internals;

/// <summary>How a bundle's batches are run. The one place where threads, lanes and the token budget are chosen.</summary>
/// <param name="Lanes">The number of batches that run at once, in one session.</param>
/// <param name="ThreadsPerLane">The number of threads of one run.</param>
/// <param name="MaxTokensPerBatch">The most ids in one batch. A longer sequence runs alone.</param>
internal readonly record struct BatchingPlan(int Lanes, int ThreadsPerLane, int MaxTokensPerBatch)
{
    /// <summary>
    /// For fp32. On two cores it is within 3 % of the best throughput, with the demo model and with a base model (256 to 4,096 measured).
    /// An HTTP text waits for the batch in flight: 0.2 s with a base model, a quarter of what 2,048 costs.
    /// </summary>
    private const int FloatTokens = 512;

    /// <summary>
    /// For int8 and int16. Every batch reads all weights once. Batches of 256, 512 and 1,024 were measured interleaved, with a base model
    /// and two lanes. When the machine's memory is slow, 512 is 6 to 8 % faster than 256, and 1,024 is 11 to 13 % faster; when it is fast,
    /// 512 is 2 to 3 % faster and 1,024 is 2 % slower. An HTTP text waits for the batch in flight, a quarter of a second with 512.
    /// </summary>
    private const int Int8Tokens = 512;

    /// <summary>
    /// For CUDA. On an H200 with a base model in fp16, 8,192 tokens reach 97 % of what 16,384 reach in two lanes, and 32,768 are at most
    /// 2 % faster. A batch takes 7 ms there, which an HTTP text waits; in proportion to the data sheets a T4 takes 0.1 s. fp32 gains 5 %
    /// over 8,192 (docs/gpu.md).
    /// </summary>
    private const int TokensOnCuda = 16_384;

    /// <summary>
    /// A GPU computes one batch while the other lane copies vectors and starts kernels. With one lane, shards took a fifth longer.
    /// </summary>
    private const int LanesOnCuda = 2;

    /// <summary>Takes what the options leave open from <c>simcse bench tune</c> if it was run here, otherwise from the defaults.</summary>
    /// <param name="precision">The bundle's precision.</param>
    /// <param name="bundleFolder">The folder that may hold <see cref="EncoderTuning.FileName"/>.</param>
    /// <param name="options">The caller's choice; 0 leaves a value open.</param>
    /// <param name="processors">The number of processors that this process may use, within a container's limit.</param>
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
    /// Products in fp32 scale over threads, so one lane takes all processors; on a CPU, fp16 is computed in fp32. Products of integers do
    /// not scale: each processor is a lane with one thread.
    /// </summary>
    private static BatchingPlan Default(Precision precision, int processors) =>
        precision is Precision.Float32 or Precision.Float16
            ? new BatchingPlan(1, processors, FloatTokens)
            : new BatchingPlan(processors, 1, Int8Tokens);

    /// <summary>The plan for a device. On a GPU the threads of the lanes only start kernels.</summary>
    public BatchingPlan On(InferenceDevice device, SentenceEncoderOptions options) => device != InferenceDevice.Cuda
        ? this
        : new BatchingPlan(
            options.Lanes > 0 ? options.Lanes : LanesOnCuda,
            ThreadsPerLane: 1,
            options.MaxTokensPerBatchOnCuda > 0 ? options.MaxTokensPerBatchOnCuda : TokensOnCuda);

    /// <summary>Why a bundle does not suit a device, in a sentence; <see langword="null"/> when it does.</summary>
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
