using System.Diagnostics;
using Microsoft.Extensions.Logging;
using SimCse.Inference;
using SimCse.Jobs.Plan;
using SimCse.Jobs.State;
using SimCse.Jobs.Storage;
using SimCse.Tokenization;

namespace SimCse.Jobs.Encode;

/// <summary>
/// Encodes one shard: bytes → texts → vectors → part → progress. The last shard to finish writes <c>_SUCCESS</c>. Safe to repeat, to run
/// twice at once and to kill at any point. Thread-safe.
/// </summary>
internal sealed class EncodeShard(
    JobStorage storage, SliceLimits limits, WarmEncoder warmEncoder, ManifestCache manifests, ProgressLog progress, JobCommit commit,
    ShardQueue queue, ShardReturn handBack, ArithmeticOptions arithmetic, JobFailures failures, RejectedMessages rejected,
    StageSource staging, TimeProvider time,
    ILogger<EncodeShard> logger)
{
    private readonly ShardSource _source = new(storage, limits, staging);
    private readonly ReusingEncoder _encoder = new(storage, logger);

    /// <inheritdoc cref="JobWorker.EncodeAsync"/>
    public async Task RunAsync(string message, DateTimeOffset? insertedOn, CancellationToken cancellationToken)
    {
        if (!EncodeShardMessage.TryParse(message, out var shard, out var problem))
        {
            await rejected.AddAsync(StorageNames.ShardsQueue, message, problem, cancellationToken);
            return;
        }

        RecordQueueAge(insertedOn);
        try
        {
            await RunAsync(shard, cancellationToken);
        }
        catch (PermanentJobException e)
        {
            await failures.FailAsync(shard.Job, shard.Shard, e.Message, cancellationToken);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            await failures.RecordAttemptAsync(shard.Job, shard.Shard, e);
            throw;
        }
    }

    /// <summary>
    /// The steps of docs/job-protocol.md. If the process dies in between, the message comes again and finds what is done.
    /// </summary>
    private async Task RunAsync(EncodeShardMessage message, CancellationToken cancellationToken)
    {
        // 1. Read the manifest.
        var manifest = await GetManifestAsync(message, cancellationToken);
        var output = new ShardBlobs(storage.Embeddings, manifest, message.Shard, limits);

        // Where the app is strict: is it for another kind of machine? Then nothing else is done, for its message comes again.
        if (await handBack.TryAsync(manifest, message.Shard, cancellationToken))
        {
            return;
        }

        // 2. Is it time for more shards? Before the work, so that the queue does not run empty meanwhile.
        await queue.ContinueAsync(manifest, message.Shard, cancellationToken);

        // 3. Has an earlier delivery written the part?
        var record = await output.TryReadRecordAsync(cancellationToken);
        if (record is null)
        {
            // 4. Has the job been cancelled?
            if (await storage.Jobs.GetBlobClient(StorageNames.Cancelled(manifest.Job)).ExistsAsync(cancellationToken))
            {
                Log.ShardSkipped(logger, manifest.Job, message.Shard, "the job was cancelled");
                return;
            }

            // 5. Bytes → texts → vectors → part.
            record = await EncodeAsync(manifest, message.Shard, output, cancellationToken);
        }

        // 6. Record that the shard is done, which it may have failed to be before. 7. After the last one, complete the job.
        var records = await progress.AppendAsync(manifest.Job, record.Value, manifest.Shards.Count, cancellationToken);
        await failures.ForgiveAsync(manifest.Job, message.Shard, cancellationToken);
        await commit.TryCompleteAsync(manifest, records, cancellationToken);
    }

    private async Task<JobManifest> GetManifestAsync(EncodeShardMessage message, CancellationToken cancellationToken)
    {
        var manifest = await manifests.TryGetAsync(message.Job, cancellationToken)
            ?? throw new PermanentJobException(
                $"There is no job {message.Job}: its manifest was deleted, or the message is of another storage account.");
        return message.Shard < manifest.Shards.Count
            ? manifest
            : throw new PermanentJobException(
                $"Job {message.Job} has {manifest.Shards.Count} shards; the message asks for shard {message.Shard}.");
    }

    private async Task<ProgressRecord> EncodeAsync(JobManifest manifest, int shard, ShardBlobs output, CancellationToken cancellationToken)
    {
        using var activity = JobsInstrumentation.StartShard(manifest.Job, shard);
        var (startedOn, watch) = (time.GetUtcNow(), Stopwatch.StartNew());
        var encoder = await warmEncoder.GetAsync(cancellationToken);
        CheckModel(manifest, encoder.Bundle);

        var options = manifest.Options.ToEncodeOptions(manifest.Prompt);
        var metadata = output.Metadata(
            options.OutputDimension(encoder.Bundle.Model.Dimension), encoder.Device, arithmetic.NameOf(encoder));
        await using var part = await output.CreateAsync(metadata, cancellationToken);
        await using var running = new RunningShard(storage, manifest, shard, limits.Silence, time, logger, cancellationToken);
        var (encoding, first) = (TimeSpan.Zero, manifest.Shards.Take(shard).Sum(range => range.Texts));
        var splitter = manifest.Options.ChunkOverlap is { } overlap
            ? new TextSplitter(encoder.Tokenizer, overlap, options.Prompt!)
            : null;
        await foreach (var slice in _source.ReadAsync(manifest, shard, cancellationToken)
            .SelectMany(lines => lines.Split(splitter, limits.Texts).ToAsyncEnumerable()))
        {
            var encodeStart = watch.Elapsed;
            var (encoded, reused) = await _encoder.EncodeAsync(
                encoder, manifest, metadata, slice, first, options with { Progress = running.Begin(slice.Count) }, cancellationToken);
            encoding += watch.Elapsed - encodeStart;
            first += slice.Count;
            await part.WriteAsync(slice, encoded, reused, cancellationToken);
        }

        var record = await part.TryCommitAsync(startedOn, watch.Elapsed, encoding, cancellationToken)
            ?? await output.TryReadRecordAsync(cancellationToken)
            ?? throw new IOException($"The part of shard {shard}, which another delivery has written, is gone.");

        JobsInstrumentation.ShardWritten(watch.Elapsed, record);
        Log.ShardEncoded(
            logger, manifest.Job, shard, record.Rows, record.Errors, watch.Elapsed.TotalSeconds, (long)encoding.TotalMilliseconds);
        return record;
    }

    private static void CheckModel(JobManifest manifest, Bundle bundle)
    {
        if (bundle.Model.Fingerprint != manifest.Model.Fingerprint)
        {
            throw new PermanentJobException(
                $"The job was planned with the model {manifest.Model.Name} (fingerprint {Short(manifest.Model.Fingerprint)}); loaded is " +
                $"{bundle.Model.Name} ({Short(bundle.Model.Fingerprint)}). Run an app with the job's model and retry, or submit the " +
                "source again.");
        }

        static string Short(string fingerprint) => fingerprint.Length > 12 ? $"{fingerprint[..12]}…" : fingerprint;
    }

    private void RecordQueueAge(DateTimeOffset? insertedOn)
    {
        if (insertedOn is { } sent)
        {
            JobsInstrumentation.QueueAge.Record(Math.Max(0, (time.GetUtcNow() - sent).TotalSeconds));
        }
    }
}
