using System.Security.Cryptography;
using Azure;
using Azure.Storage.Blobs.Models;
using SimCse.Jobs.Parts;
using SimCse.Jobs.State;
using SimCse.Jobs.Storage;

namespace SimCse.Jobs.Upkeep;

/// <summary>What a compaction has made.</summary>
/// <param name="Before">The number of parts before.</param>
/// <param name="After">The number of parts now; the same when there was nothing to merge.</param>
/// <param name="Bytes">The size of the parts now.</param>
public sealed record CompactedJob(int Before, int After, long Bytes);

/// <summary>
/// Merges the parts of a complete job, in an order that may end anywhere: its name in <c>_SUCCESS</c> first, by which any other compaction
/// loses; then all blocks of the new parts, which nobody sees; then their lists, one right after the other; then the new <c>_SUCCESS</c>;
/// then the old parts go. A repetition begins anew and drops what was left. Safe to run twice at once. Thread-safe.
/// </summary>
internal sealed class JobCompaction(JobStorage storage, TimeProvider time)
{
    private const int AttemptLength = 8;

    /// <inheritdoc cref="Clients.JobClient.CompactAsync"/>
    public async Task<CompactedJob> RunAsync(
        JobManifest manifest, long maxBytes, IProgress<long>? progress, CancellationToken cancellationToken)
    {
        var (success, etag) = await ReadAsync(manifest, cancellationToken);
        var neighbours = success.Parts.Zip(success.Parts.Skip(1));
        if (success.Compacting is null && !neighbours.Any(parts => parts.First.Bytes + parts.Second.Bytes <= maxBytes))
        {
            // There is nothing to merge, but an earlier compaction may have been killed over the deletion of the old parts.
            await DropStrangersAsync(manifest, cancellationToken);
            return new CompactedJob(success.Parts.Count, success.Parts.Count, success.Parts.Sum(part => part.Bytes));
        }

        var attempt = RandomNumberGenerator.GetHexString(AttemptLength, lowercase: true);
        CheckNames(manifest, attempt);

        // 1. From now on no other compaction can end. Late messages find the job cancelled, and write none of its old parts again.
        etag = await ReplaceAsync(manifest, success with { Compacting = attempt }, etag, cancellationToken);
        await JobStorage.TryCreateAsync(
            storage.Jobs, StorageNames.Cancelled(manifest.Job), new JobFailure("Its parts are merged.", time.GetUtcNow()),
            JobsJson.Default.JobFailure, cancellationToken);
        await DeleteStrangersAsync(manifest, success, await ListAsync(manifest, cancellationToken), cancellationToken);

        // 2. The new parts, invisible; 3. visible.
        var merged = new List<MergedPart>();
        try
        {
            await MergeAsync(manifest, success, attempt, maxBytes, merged, progress, cancellationToken);
            var isSmaller = merged.Count < success.Parts.Count;
            var ours = isSmaller
                ? success with { Parts = [.. merged.Select(part => part.Record)], Compaction = attempt, Compacting = null }
                : success with { Compacting = null };
            if (isSmaller)
            {
                await CheckStillOursAsync(manifest, etag, cancellationToken);
                foreach (var part in merged)
                {
                    await part.CommitAsync(cancellationToken);
                }
            }

            // 4. The new _SUCCESS, unless another compaction was begun: then its parts count, and these go.
            try
            {
                await ReplaceAsync(manifest, ours, etag, cancellationToken);
            }
            catch (PermanentJobException)
            {
                await DeleteAsync(ours, Enumerable.Range(0, isSmaller ? ours.Parts.Count : 0), cancellationToken);
                throw;
            }

            // 5. What it does not list.
            await DeleteStrangersAsync(manifest, ours, await ListAsync(manifest, cancellationToken), cancellationToken);
            return new CompactedJob(success.Parts.Count, ours.Parts.Count, ours.Parts.Sum(part => part.Bytes));
        }
        finally
        {
            foreach (var part in merged)
            {
                await part.DisposeAsync();
            }
        }
    }

    /// <summary>Deletes parts in the folder of a compacted job that it does not list, unless a compaction is at work.</summary>
    public async Task DropStrangersAsync(JobManifest manifest, CancellationToken cancellationToken)
    {
        var there = await ListAsync(manifest, cancellationToken); // first: what a compaction adds later is not in it
        var (success, _) = await ReadAsync(manifest, cancellationToken);
        if (success is { Compaction: not null, Compacting: null })
        {
            await DeleteStrangersAsync(manifest, success, there, cancellationToken);
        }
    }

    private async Task MergeAsync(
        JobManifest manifest, JobSuccess success, string attempt, long maxBytes, List<MergedPart> merged, IProgress<long>? progress,
        CancellationToken cancellationToken)
    {
        var (output, bytes) = (StorageNames.Output(manifest.Source, manifest.Job), 0L);
        for (var i = 0; i < success.Parts.Count; i++)
        {
            var part = success.Parts[i];
            await using var content = await PartContent.OpenAsync(
                storage.Embeddings.GetBlobClient(output + success.PartFile(i)), part.Bytes, cancellationToken);
            if (!await MergedPart.IsRightAsync(content, part, cancellationToken))
            {
                throw new PermanentJobException(
                    $"'{part.Name}' is not what _SUCCESS records (SHA-256 {part.Sha256}, {part.Bytes} bytes): it was changed in storage. " +
                    "Nothing was merged.");
            }

            await using var reader = await PartReader.OpenAsync(content, part.Name, cancellationToken);
            if (merged.Count == 0 || bytes + part.Bytes > maxBytes || !merged[^1].Takes(reader))
            {
                await SealLastAsync(merged, cancellationToken);
                var stem = StorageNames.MergedStem(attempt, merged.Count);
                merged.Add(await MergedPart.CreateAsync(
                    storage.Embeddings, ($"{output}{stem}.parquet", $"{output}{success.ErrorFolder}/{stem}.jsonl"), reader,
                    cancellationToken));
                bytes = 0;
            }

            bytes += part.Bytes;
            await using var errors = part.Errors > 0
                ? await OpenErrorsAsync(output + success.ErrorFile(i), cancellationToken)
                : null;
            await merged[^1].AddAsync(reader, part, errors, cancellationToken);
            progress?.Report(part.Bytes);
        }

        await SealLastAsync(merged, cancellationToken);
    }

    private static Task SealLastAsync(List<MergedPart> merged, CancellationToken cancellationToken) =>
        merged.Count > 0 ? merged[^1].SealAsync(cancellationToken) : Task.CompletedTask;

    private async Task<Stream> OpenErrorsAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            var blob = storage.Embeddings.GetBlobClient(name);
            return (await blob.DownloadStreamingAsync(cancellationToken: cancellationToken)).Value.Content;
        }
        catch (RequestFailedException e) when (JobStorage.IsNotFound(e))
        {
            throw new PermanentJobException($"'{name}' is gone: it was deleted from storage. Nothing was merged.", e);
        }
    }

    private async Task<(JobSuccess Success, ETag ETag)> ReadAsync(JobManifest manifest, CancellationToken cancellationToken)
    {
        var name = StorageNames.Success(manifest.Source, manifest.Job);
        try
        {
            var content = (await storage.Embeddings.GetBlobClient(name).DownloadContentAsync(cancellationToken)).Value;
            return (
                StoredRecord.Read(
                    content.Content, JobsJson.Default.JobSuccess, JobStorage.BlobName(storage.Embeddings, name), content.Details.ETag),
                content.Details.ETag);
        }
        catch (RequestFailedException e) when (JobStorage.IsNotFound(e))
        {
            throw new PermanentJobException($"Job {manifest.Job} has no _SUCCESS; only a complete job can be compacted.", e);
        }
    }

    private async Task<ETag> ReplaceAsync(JobManifest manifest, JobSuccess success, ETag etag, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await storage.Embeddings.GetBlobClient(StorageNames.Success(manifest.Source, manifest.Job)).UploadAsync(
                BinaryData.FromBytes(StoredRecord.Write(success, JobsJson.Default.JobSuccess)),
                new BlobUploadOptions { Conditions = new BlobRequestConditions { IfMatch = etag } }, cancellationToken);
            return answer.Value.ETag;
        }
        catch (RequestFailedException e) when (JobStorage.IsConditionNotMet(e) || JobStorage.IsNotFound(e))
        {
            throw new PermanentJobException(
                $"Another compaction of job {manifest.Job} was begun meanwhile, or the job was deleted. This one has changed nothing.", e);
        }
    }

    private async Task CheckStillOursAsync(JobManifest manifest, ETag etag, CancellationToken cancellationToken)
    {
        if ((await ReadAsync(manifest, cancellationToken)).ETag != etag)
        {
            throw new PermanentJobException(
                $"Another compaction of job {manifest.Job} was begun meanwhile. This one has changed nothing.");
        }
    }

    private static void CheckNames(JobManifest manifest, string attempt)
    {
        var longest =
            $"{StorageNames.Output(manifest.Source, manifest.Job)}{StorageNames.ErrorFolder(StorageNames.Layout)}/" +
            $"{StorageNames.MergedStem(attempt, 0)}.jsonl";
        if (BlobName.Problem(longest) is { } problem)
        {
            throw new PermanentJobException($"The source's name is too long for names of merged parts: {problem}");
        }
    }

    private async Task<List<string>> ListAsync(JobManifest manifest, CancellationToken cancellationToken)
    {
        var names = new List<string>();
        await foreach (var blob in storage.Embeddings.GetBlobsAsync(
            new() { Prefix = StorageNames.Output(manifest.Source, manifest.Job) }, cancellationToken))
        {
            names.Add(blob.Name);
        }

        return names;
    }

    /// <summary>Deletes those of these blobs that have names of parts or error files, and are none of the job's.</summary>
    private async Task DeleteStrangersAsync(
        JobManifest manifest, JobSuccess success, List<string> there, CancellationToken cancellationToken)
    {
        var output = StorageNames.Output(manifest.Source, manifest.Job);
        var listed = Enumerable.Range(0, success.Parts.Count)
            .SelectMany(i => (string[])[output + success.PartFile(i), output + success.ErrorFile(i)]).ToHashSet(StringComparer.Ordinal);
        foreach (var name in there.Where(name => !listed.Contains(name) && IsOutput(name[output.Length..], success.ErrorFolder)))
        {
            await storage.Embeddings.DeleteBlobIfExistsAsync(name, cancellationToken: cancellationToken);
        }
    }

    private static bool IsOutput(string file, string errorFolder) => StorageNames.IsPart(file)
        || (file.StartsWith($"{errorFolder}/", StringComparison.Ordinal) && file.EndsWith(".jsonl", StringComparison.Ordinal)
            && StorageNames.IsPart($"{file[(errorFolder.Length + 1)..^".jsonl".Length]}.parquet"));

    private async Task DeleteAsync(JobSuccess success, IEnumerable<int> parts, CancellationToken cancellationToken)
    {
        var output = StorageNames.Output(success.Source, success.Job);
        foreach (var i in parts)
        {
            await storage.Embeddings.DeleteBlobIfExistsAsync(output + success.PartFile(i), cancellationToken: cancellationToken);
            await storage.Embeddings.DeleteBlobIfExistsAsync(output + success.ErrorFile(i), cancellationToken: cancellationToken);
        }
    }
}
