using System.Diagnostics;
using Microsoft.Extensions.Logging;
using SimCse.Inference;
using SimCse.Jobs.State;
using SimCse.Jobs.Storage;

namespace SimCse.Jobs.Encode;

/// <summary>
/// Encodes one shard: bytes → texts → vectors → part → progress → <c>_SUCCESS</c> by whoever is last. Safe to repeat, to run twice at once and
/// to kill at any point. Thread-safe.
/// </summary>
public sealed class EncodeShard
{
    private readonly JobStorage _storage;
    private readonly SliceLimits _limits;
    private readonly ShardSource _source;
    private readonly WarmEncoder _encoder;
    private readonly ManifestCache _manifests;
    private readonly ProgressLog _progress;
    private readonly JobCommit _commit;
    private readonly JobFailures _failures;
    private readonly RejectedMessages _rejected;
    private readonly TimeProvider _time;
    private readonly ILogger<EncodeShard> _logger;

    internal EncodeShard(
        JobStorage storage, SliceLimits limits, WarmEncoder encoder, ManifestCache manifests, ProgressLog progress, JobCommit commit,
        JobFailures failures, RejectedMessages rejected, TimeProvider time, ILogger<EncodeShard> logger)
    {
        _storage = storage;
        _limits = limits;
        _source = new ShardSource(storage, limits);
        _encoder = encoder;
        _manifests = manifests;
        _progress = progress;
        _commit = commit;
        _failures = failures;
        _rejected = rejected;
        _time = time;
        _logger = logger;
    }

    /// <summary>Handles one message of the queue <c>shards</c>. Returns when it may be deleted; what can never succeed is recorded, not thrown.</summary>
    /// <param name="message">As it came from the queue.</param>
    /// <param name="insertedOn">When it was sent, where that is known.</param>
    /// <param name="cancellationToken">Leaves nothing half-done behind.</param>
    public async Task RunAsync(string message, DateTimeOffset? insertedOn, CancellationToken cancellationToken)
    {
        if (!EncodeShardMessage.TryParse(message, out var shard, out var problem))
        {
            await _rejected.AddAsync(StorageNames.ShardsQueue, message, problem, cancellationToken);
            return;
        }

        RecordQueueAge(insertedOn);
        try
        {
            await RunAsync(shard, cancellationToken);
        }
        catch (PermanentJobException e)
        {
            await _failures.FailAsync(shard.Job, shard.Shard, e.Message, cancellationToken);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            await _failures.RecordAttemptAsync(shard.Job, shard.Shard, e);
            throw;
        }
    }

    /// <summary>The steps of docs/job-protocol.md. Killed at any of them, the message comes again and finds what is done.</summary>
    private async Task RunAsync(EncodeShardMessage message, CancellationToken cancellationToken)
    {
        // 1. What the shard is.
        var manifest = await GetManifestAsync(message, cancellationToken);
        var output = new ShardBlobs(_storage.Embeddings, manifest, message.Shard, _limits);

        // 2. Done already, by an earlier delivery?
        var record = await output.TryReadRecordAsync(cancellationToken);
        if (record is null)
        {
            // 3. Not wanted any more?
            if (await _storage.Jobs.GetBlobClient(StorageNames.Cancelled(manifest.Job)).ExistsAsync(cancellationToken))
            {
                Log.ShardSkipped(_logger, manifest.Job, message.Shard, "the job was cancelled");
                return;
            }

            // 4. Bytes → texts → vectors → part.
            record = await EncodeAsync(manifest, message.Shard, output, cancellationToken);
        }

        // 5. One more shard is done; 6. the last one completes the job.
        var records = await _progress.AppendAsync(manifest.Job, record.Value, cancellationToken);
        await _commit.TryCompleteAsync(manifest, records, cancellationToken);
    }

    private async Task<JobManifest> GetManifestAsync(EncodeShardMessage message, CancellationToken cancellationToken)
    {
        var manifest = await _manifests.TryGetAsync(message.Job, cancellationToken)
            ?? throw new PermanentJobException($"There is no job {message.Job}: its manifest was deleted, or the message is of another storage account.");
        return message.Shard < manifest.Shards.Count
            ? manifest
            : throw new PermanentJobException($"Job {message.Job} has {manifest.Shards.Count} shards; the message asks for shard {message.Shard}.");
    }

    private async Task<ProgressRecord> EncodeAsync(JobManifest manifest, int shard, ShardBlobs output, CancellationToken cancellationToken)
    {
        using var activity = JobsInstrumentation.StartShard(manifest.Job, shard);
        var (startedOn, watch) = (_time.GetUtcNow(), Stopwatch.StartNew());
        var encoder = await _encoder.GetAsync(cancellationToken);
        CheckModel(manifest, encoder.Bundle);

        var options = manifest.Options.ToEncodeOptions();
        await using var part = await output.CreateAsync(options.OutputDimension(encoder.Bundle.Dimension), encoder.Device, cancellationToken);
        var encoding = TimeSpan.Zero;
        await foreach (var group in _source.ReadAsync(manifest, shard, cancellationToken))
        {
            var encodeStart = watch.Elapsed;
            var encoded = await EncodeAsync(encoder, group, options, cancellationToken);
            encoding += watch.Elapsed - encodeStart;
            await part.WriteAsync(group, encoded, cancellationToken);
        }

        var record = await part.TryCommitAsync(startedOn, watch.Elapsed, encoding, cancellationToken)
            ?? (await output.TryReadRecordAsync(cancellationToken))!.Value;

        JobsInstrumentation.ShardWritten(watch.Elapsed, record);
        Log.ShardEncoded(_logger, manifest.Job, shard, record.Rows, record.Errors, watch.Elapsed.TotalSeconds, (long)encoding.TotalMilliseconds);
        return record;
    }

    private static async Task<EncodedTexts> EncodeAsync(
        SentenceEncoder encoder, ShardSlice group, EncodeOptions options, CancellationToken cancellationToken)
    {
        try
        {
            return await encoder.EncodeAsync(group.Texts, options, cancellationToken);
        }
        catch (VectorNotFiniteException e)
        {
            throw new PermanentJobException($"Line {group.Lines[e.Index]}: {e.Message}", e);
        }
    }

    private static void CheckModel(JobManifest manifest, Bundle bundle)
    {
        if (bundle.Fingerprint != manifest.Model.Fingerprint)
        {
            throw new PermanentJobException(
                $"The job was planned with the model {manifest.Model.Name} (fingerprint {Short(manifest.Model.Fingerprint)}); loaded is " +
                $"{bundle.ModelName} ({Short(bundle.Fingerprint)}). Run an app with the job's model and retry, or submit the source again.");
        }

        static string Short(string fingerprint) => fingerprint.Length > 12 ? $"{fingerprint[..12]}…" : fingerprint;
    }

    private void RecordQueueAge(DateTimeOffset? insertedOn)
    {
        if (insertedOn is { } sent)
        {
            JobsInstrumentation.QueueAge.Record(Math.Max(0, (_time.GetUtcNow() - sent).TotalSeconds));
        }
    }
}
