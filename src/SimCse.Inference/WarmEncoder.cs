namespace SimCse.Inference;

/// <summary>The state of a <see cref="WarmEncoder"/>.</summary>
public enum WarmEncoderState
{
    Loading,
    Ready,
    Failed,
}

/// <param name="State">The state of the encoder.</param>
/// <param name="Reason">Why the encoder is not ready, for users; <see langword="null"/> when it is ready.</param>
public sealed record WarmEncoderStatus(WarmEncoderState State, string? Reason);

/// <summary>
/// Loads an encoder in the background: the process can answer requests at once, and only callers of the encoder wait. Thread-safe; owns the
/// encoder.
/// </summary>
/// <param name="load">Opens the bundle and loads the encoder; runs once, on the thread pool.</param>
public sealed class WarmEncoder(Func<SentenceEncoder> load) : IAsyncDisposable
{
    /// <summary>Lengths, in characters, of the texts that make a GPU choose and load its kernels before real ones need them.</summary>
    private static readonly int[] WarmUpLengths = [4, 12, 28, 60, 126];

    /// <summary>
    /// On a CPU one short text loads and compiles all that a run needs. With the other lengths a base model's start took 0.1 s (int8)
    /// longer.
    /// </summary>
    private static readonly int[] WarmUpLengthsOnCpu = [12];

    private readonly TaskCompletionSource<SentenceEncoder> _encoder = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _started;

    /// <summary>Wraps an encoder that is loaded already.</summary>
    public WarmEncoder(SentenceEncoder encoder)
        : this(() => encoder) => Start();

    public WarmEncoderStatus Status => _encoder.Task switch
    {
        { IsCompletedSuccessfully: true } => new WarmEncoderStatus(WarmEncoderState.Ready, null),
        { Exception: { } failure } => new WarmEncoderStatus(WarmEncoderState.Failed, failure.GetBaseException().Message),
        _ => new WarmEncoderStatus(WarmEncoderState.Loading, "The model is being loaded."),
    };

    /// <summary>Starts loading, once; further calls do nothing.</summary>
    public void Start()
    {
        if (Interlocked.Exchange(ref _started, 1) == 0)
        {
            _ = Task.Run(LoadAsync);
        }
    }

    /// <summary>Waits until the encoder is warm, and starts loading it if nobody has.</summary>
    /// <exception cref="InvalidOperationException">The encoder could not be loaded. The message says why.</exception>
    public async Task<SentenceEncoder> GetAsync(CancellationToken cancellationToken = default)
    {
        Start();
        try
        {
            return await _encoder.Task.WaitAsync(cancellationToken);
        }
        catch (Exception e) when (e is not OperationCanceledException && _encoder.Task.IsFaulted)
        {
            throw new InvalidOperationException($"The model could not be loaded: {e.Message}", e);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Volatile.Read(ref _started) == 1)
        {
            await ((Task)_encoder.Task).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (_encoder.Task.IsCompletedSuccessfully)
            {
                (await _encoder.Task).Dispose();
            }
        }
    }

    private async Task LoadAsync()
    {
        try
        {
            _encoder.SetResult(await LoadWarmAsync());
        }
        catch (Exception e)
        {
            _encoder.SetException(e);
        }
    }

    private async Task<SentenceEncoder> LoadWarmAsync()
    {
        SentenceEncoder? encoder = null;
        try
        {
            encoder = load();
            var lengths = encoder.Device == InferenceDevice.Cpu ? WarmUpLengthsOnCpu : WarmUpLengths;
            await encoder.EncodeAsync([.. lengths.Select(length => new string('あ', length))]);
            return encoder;
        }
        catch
        {
            encoder?.Dispose();
            throw;
        }
    }
}
