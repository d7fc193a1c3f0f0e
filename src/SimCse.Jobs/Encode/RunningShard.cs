using Azure;
using Azure.Storage.Blobs.Models;
using Microsoft.Extensions.Logging;
using SimCse.Inference;
using SimCse.Jobs.State;
using SimCse.Jobs.Storage;

namespace SimCse.Jobs.Encode;

/// <summary>
/// Tells users how far a shard is while it is encoded. A shard of a few seconds tells nothing. The intervals grow, so that a long shard
/// writes about a dozen times: the 20,000 shards of a billion sentences, of eight minutes each, cost some 250,000 small writes, which is
/// a dollar or two beside thousands of hours of computing. Nothing depends on these blobs, and an error here is no error of the shard.
/// Not thread-safe.
/// </summary>
internal sealed class RunningShard : IAsyncDisposable
{
    private const double Growth = 1.5;

    private static readonly TimeSpan MaxInterval = TimeSpan.FromMinutes(1);

    private readonly JobStorage _storage;
    private readonly string _name;
    private readonly string _job;
    private readonly long _texts;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly DateTimeOffset _startedOn;
    private readonly CancellationTokenSource _ended;
    private readonly Task _telling;
    private CallProgress _slice = new();
    private long _before;
    private int _sliceTexts;
    private bool _isWritten;

    public RunningShard(
        JobStorage storage, JobManifest manifest, int shard, TimeSpan first, TimeProvider time, ILogger logger,
        CancellationToken cancellationToken)
    {
        (_storage, _time, _logger, _job) = (storage, time, logger, manifest.Job);
        (_name, _texts, _startedOn) = (StorageNames.Running(manifest.Job, shard), manifest.Shards[shard].Texts, time.GetUtcNow());
        _ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _telling = TellAsync(first);
    }

    /// <summary>Begins a slice.</summary>
    /// <param name="texts">The number of its lines.</param>
    /// <returns>What the encoder reports to.</returns>
    public CallProgress Begin(int texts)
    {
        _before += _sliceTexts;
        _sliceTexts = texts;
        return _slice = new CallProgress();
    }

    /// <summary>Ends the telling, and takes back what was told: the shard is done, or comes again.</summary>
    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync();
        await _telling;
        _ended.Dispose();
        if (_isWritten)
        {
            await TryAsync(token => _storage.Jobs.DeleteBlobIfExistsAsync(_name, cancellationToken: token), CancellationToken.None);
        }
    }

    private async Task TellAsync(TimeSpan interval)
    {
        while (true)
        {
            await Task.Delay(interval, _time, _ended.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (_ended.IsCancellationRequested)
            {
                return;
            }

            _isWritten = true;
            await TryAsync(WriteAsync, _ended.Token);
            interval = interval * Growth < MaxInterval ? interval * Growth : MaxInterval;
        }
    }

    private Task WriteAsync(CancellationToken cancellationToken)
    {
        var done = Math.Min(_texts, _before + (long)(_slice.Fraction * _sliceTexts));
        return _storage.Jobs.GetBlobClient(_name).UploadAsync(
            BinaryData.Empty,
            new BlobUploadOptions { Metadata = new ShardProgress(done, _startedOn, _time.GetUtcNow()).ToMetadata() }, cancellationToken);
    }

    private async Task TryAsync(Func<CancellationToken, Task> request, CancellationToken cancellationToken)
    {
        try
        {
            await request(cancellationToken);
        }
        catch (Exception e) when (e is RequestFailedException || JobStorage.IsOutage(e))
        {
            if (!cancellationToken.IsCancellationRequested)
            {
                Log.ProgressNotTold(_logger, _job, JobStorage.Describe(e));
            }
        }
    }
}
