using System.Diagnostics;
using System.Numerics.Tensors;
using Microsoft.ML.OnnxRuntime;
using SimCse.Inference.Internals;
using SimCse.Tokenization;

namespace SimCse.Inference;

/// <summary>
/// Turns texts into sentence vectors with one warm session: text → ids → batches of equal length → vectors, in the order of the texts.
/// </summary>
/// <remarks>
/// Thread-safe. Batches need neither padding nor mask, so that in fp32 a text's vector does not depend on its neighbours. Concurrent
/// callers share batches, and <see cref="EncodePriority"/> decides what goes into the next one: a short request waits for the batch in
/// flight, never for all work of another caller.
/// </remarks>
public sealed class SentenceEncoder : IDisposable
{
    private readonly BatchingPlan _plan;
    private readonly EncoderSession _session;
    private readonly BatchScheduler _scheduler;

    private SentenceEncoder(Bundle bundle, SentenceEncoderOptions options, Action<EncoderPart>? loaded)
    {
        Bundle = bundle;
        var tokenizer = Task.Run(() => LoadTokenizer(bundle, loaded)); // runs while the session packs its weights
        var plan = BatchingPlan.Create(bundle.Model.Precision, bundle.Folder, options, Environment.ProcessorCount);
        (_session, Device, DeviceWarning) = DeviceChoice.Open(
            options.Device, device => new EncoderSession(bundle, plan.On(device, options), device));
        loaded?.Invoke(EncoderPart.Session);
        try
        {
            Tokenizer = tokenizer.GetAwaiter().GetResult();
        }
        catch
        {
            _session.Dispose();
            throw;
        }

        _plan = plan.On(Device, options);
        PrecisionWarning = BatchingPlan.Mismatch(Device, bundle.Model.Precision);
        _scheduler = new BatchScheduler(
            options.BeforeBatch is { } before ? RunAfter(before) : _session.Run, _plan, options.MaxWait);
    }

    public Bundle Bundle { get; }

    public SentenceTokenizer Tokenizer { get; }

    /// <summary>The number of batches that run at once.</summary>
    public int Lanes => _plan.Lanes;

    /// <summary>The number of threads of one run.</summary>
    public int ThreadsPerLane => _plan.ThreadsPerLane;

    /// <summary>The most ids in one batch.</summary>
    public int MaxTokensPerBatch => _plan.MaxTokensPerBatch;

    /// <summary>The device that the session runs on: CPU or CUDA.</summary>
    public InferenceDevice Device { get; }

    /// <summary>
    /// What computes the products: device, instruction set and ONNX Runtime's version, <c>cpu avx512-vnni onnxruntime-1.31.1</c>. In
    /// another arithmetic the vectors of a text differ: by rounding in fp32, by more where products of 8 bits saturate.
    /// </summary>
    public string Arithmetic => Device == InferenceDevice.Cpu
        ? $"{Device.Name()} {ProcessorFeatures.Current.InstructionSet} onnxruntime-{RuntimeVersion}"
        : $"{Device.Name()} onnxruntime-{RuntimeVersion}";

    private static string RuntimeVersion => OrtEnv.Instance().GetVersionString();

    /// <summary>Why the device is not a GPU, if <see cref="InferenceDevice.Auto"/> found none; for a log.</summary>
    public string? DeviceWarning { get; }

    /// <summary>Why the bundle does not suit <see cref="Device"/>, if it does not; for a log.</summary>
    public string? PrecisionWarning { get; }

    /// <summary>Why 8-bit products may overflow on this processor, if they may; for a log.</summary>
    public string? OverflowWarning => Device == InferenceDevice.Cpu ? Inference.OverflowWarning.Find(Bundle) : null;

    /// <summary>
    /// Loads the tokenizer and the graph, which takes about a second for a base model. Meanwhile the files of a bundle that is not verified
    /// are hashed (<see cref="Bundle.VerifyCovered"/>), so that a changed file gives no vector.
    /// </summary>
    /// <param name="bundle">An open bundle, from <see cref="Bundle.OpenUnverified"/> to load soonest.</param>
    /// <param name="options">The device, threads and batches of the session.</param>
    /// <param name="loaded">Called with each part that is done, from any thread; for measurements.</param>
    /// <exception cref="InvalidDataException">The bundle's files do not fit together, or one was changed.</exception>
    /// <exception cref="InvalidOperationException">CUDA was asked for, and there is no GPU.</exception>
    public static SentenceEncoder Load(Bundle bundle, SentenceEncoderOptions? options = null, Action<EncoderPart>? loaded = null)
    {
        ArgumentNullException.ThrowIfNull(bundle);
        var verification = bundle.IsVerified ? Task.CompletedTask : Task.Run(() => Verify(bundle, loaded));
        SentenceEncoder? encoder = null;
        try
        {
            encoder = new SentenceEncoder(bundle, options ?? new SentenceEncoderOptions(), loaded);
            verification.GetAwaiter().GetResult();
            return encoder;
        }
        catch
        {
            encoder?.Dispose();
            verification.GetAwaiter().GetResult(); // a changed file explains whatever else went wrong
            throw;
        }
    }

    /// <summary>
    /// Encodes texts; equal ones are run once. Holds ids and vectors of all texts in memory (4 bytes each, for a text up to
    /// <see cref="SentenceTokenizer.MaxSequenceLength"/> ids and twice the dimension): pass an unbounded input in several calls.
    /// </summary>
    /// <param name="texts">The texts, none of them null. An empty text is valid and becomes [CLS][SEP].</param>
    /// <param name="options">
    /// The prompt and priority of the call, and the truncation and normalisation of its vectors. Without a prompt, the model's default goes
    /// before each text, if it has one (<see cref="Bundle.Prompts"/>).
    /// </param>
    /// <param name="cancellationToken">Checked between batches.</param>
    /// <returns>A vector, a token count and a truncation flag for each text. Tokens of the prompt count.</returns>
    /// <exception cref="ArgumentException">
    /// A text is null, the options do not fit the model, or it has no prompt of the name that they give.
    /// </exception>
    /// <exception cref="EncoderBusyException">The call is interactive, and the texts that wait would take too long.</exception>
    /// <exception cref="VectorNotFiniteException">The model gave NaN or infinity for one of the call's texts.</exception>
    /// <exception cref="OperationCanceledException">The call was cancelled. It returns no partial result.</exception>
    public Task<EncodedTexts> EncodeAsync(
        IReadOnlyList<string> texts, EncodeOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(texts);
        return EncodeAsync(texts.Count, given => Tokenize(texts, given, cancellationToken), options, cancellationToken);
    }

    /// <summary>
    /// Encodes ids as they are, [CLS] and [SEP] included. Equal sequences are run once, and longer ones than the model reads are cut on the
    /// right. No prompt goes before ids, not even the model's default, and the pooling takes all positions.
    /// </summary>
    /// <param name="inputIds">The sequences, none of them empty and all of their ids in the vocabulary.</param>
    /// <param name="options">The priority of the call, and the truncation and normalisation of its vectors.</param>
    /// <param name="cancellationToken">Checked between batches.</param>
    /// <returns>A vector, a token count and a truncation flag for each sequence.</returns>
    /// <exception cref="ArgumentException">
    /// A sequence is empty, an id is not in the vocabulary, or the options do not fit or ask for a prompt.
    /// </exception>
    /// <exception cref="EncoderBusyException">The call is interactive, and the texts that wait would take too long.</exception>
    /// <exception cref="VectorNotFiniteException">The model gave NaN or infinity for one of the call's sequences.</exception>
    public Task<EncodedTexts> EncodeIdsAsync(
        IReadOnlyList<IReadOnlyList<int>> inputIds, EncodeOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(inputIds);
        return EncodeAsync(inputIds.Count, given => Take(inputIds, given), options, cancellationToken);
    }

    /// <summary>Counts the tokens [UNK] of texts that need not be encoded, as <see cref="EncodedTexts.Unknown"/> does.</summary>
    /// <param name="texts">The texts, none of them null.</param>
    /// <param name="options">The prompt, whose tokens count.</param>
    /// <param name="cancellationToken">Cancels the work.</param>
    /// <exception cref="ArgumentException">A text is null, or the model has no prompt of the name that is given.</exception>
    public int[] CountUnknown(IReadOnlyList<string> texts, EncodeOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(texts);
        var batch = Tokenize(texts, options ?? new EncodeOptions(), cancellationToken);
        return [.. batch.SequenceOfText.Select(sequence => batch[sequence].Count(Tokenizer.UnknownId))];
    }

    /// <summary>The number of interactive texts that wait for a batch.</summary>
    public int WaitingTexts => _scheduler.WaitingTexts;

    /// <summary>Waits for the batch in flight; calls that have more to run fail with <see cref="ObjectDisposedException"/>.</summary>
    public void Dispose()
    {
        _scheduler.Dispose();
        _session.Dispose();
    }

    private BatchRun RunAfter(Action before) => (rows, length, buffers) =>
    {
        before();
        _session.Run(rows, length, buffers);
    };

    private static void Verify(Bundle bundle, Action<EncoderPart>? loaded)
    {
        bundle.VerifyCovered();
        loaded?.Invoke(EncoderPart.Verified);
    }

    private static SentenceTokenizer LoadTokenizer(Bundle bundle, Action<EncoderPart>? loaded)
    {
        var tokenizer = bundle.LoadTokenizer();
        loaded?.Invoke(EncoderPart.Tokenizer);
        return tokenizer;
    }

    private TokenizedBatch Tokenize(IReadOnlyList<string> texts, EncodeOptions options, CancellationToken cancellationToken) =>
        TokenizedBatch.Create(
            Tokenizer, texts, Bundle.Prompts.Resolve(options.Prompt, options.PromptName), Bundle.Manifest.PoolsWithoutPrompt,
            cancellationToken);

    private TokenizedBatch Take(IReadOnlyList<IReadOnlyList<int>> inputIds, EncodeOptions options) =>
        options is { Prompt: null, PromptName: null }
            ? TokenizedBatch.Create(Tokenizer, inputIds)
            : throw new ArgumentException("A prompt is given with ids; expected one with texts only, because ids are taken as they are.");

    private async Task<EncodedTexts> EncodeAsync(
        int count, Func<EncodeOptions, TokenizedBatch> tokenize, EncodeOptions? options, CancellationToken cancellationToken)
    {
        options ??= new EncodeOptions();
        var dimension = options.OutputDimension(Bundle.Model.Dimension);
        using var activity = SimCseInstrumentation.Activities.StartActivity("encode");
        activity?.SetTag("simcse.texts", count);

        var result = await Task.Run(() => EncodeAsync(tokenize, options, dimension, cancellationToken), cancellationToken);

        SimCseInstrumentation.Texts.Add(count);
        activity?.SetTag("simcse.tokens", result.TotalTokens);
        return result;
    }

    private async Task<EncodedTexts> EncodeAsync(
        Func<EncodeOptions, TokenizedBatch> tokenize, EncodeOptions options, int dimension, CancellationToken cancellationToken)
    {
        var startedAt = Stopwatch.GetTimestamp();
        var batch = tokenize(options);
        var count = batch.SequenceOfText.Length;
        var call = new PendingCall(batch, Bundle.Model.Dimension, options.Priority, options.Progress);
        if (count > 0)
        {
            await _scheduler.RunAsync(call, cancellationToken);
            CheckFinite(call.Vectors, batch.SequenceOfText);
        }

        // Without duplicates and truncation, the call's own vectors are the result: a shard's are 12 MB and are not copied.
        var result = batch.Lengths.Length == count && dimension == Bundle.Model.Dimension
            ? new EncodedTexts(count, dimension, call.Vectors)
            : new EncodedTexts(count, dimension);
        result.Timings = new EncodeTimings(
            Stopwatch.GetElapsedTime(startedAt, call.EnqueuedAt), call.MeanQueueTime, call.MeanInferenceTime);
        for (var i = 0; i < count; i++)
        {
            var sequence = batch.SequenceOfText[i];
            result.Tokens[i] = batch.Lengths[sequence];
            result.Truncated[i] = batch.Truncated[sequence];
            result.Unknown[i] = batch[sequence].Count(Tokenizer.UnknownId);
            WriteVector(
                call.Vectors.AsSpan(sequence * Bundle.Model.Dimension, Bundle.Model.Dimension),
                result.Vectors.AsSpan(i * dimension, dimension),
                options);
        }

        return result;
    }

    /// <summary>Refuses NaN and infinity, which no search can use and JSON cannot express.</summary>
    private void CheckFinite(float[] vectors, int[] sequenceOfText)
    {
        if (!TensorPrimitives.IsFiniteAll<float>(vectors))
        {
            var dimension = Bundle.Model.Dimension;
            throw new VectorNotFiniteException(
                Bundle.Model.Name,
                Array.FindIndex(
                    sequenceOfText, sequence => !TensorPrimitives.IsFiniteAll<float>(vectors.AsSpan(sequence * dimension, dimension))));
        }
    }

    private static void WriteVector(ReadOnlySpan<float> vector, Span<float> destination, EncodeOptions options)
    {
        vector[..destination.Length].CopyTo(destination);
        if (options.Normalize)
        {
            var norm = TensorPrimitives.Norm<float>(destination);
            if (norm > 0)
            {
                TensorPrimitives.Divide(destination, norm, destination);
            }
        }
    }
}
