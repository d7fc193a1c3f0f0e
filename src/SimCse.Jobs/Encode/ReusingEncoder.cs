using Microsoft.Extensions.Logging;
using SimCse.Inference;
using SimCse.Jobs.Parts;
using SimCse.Jobs.State;
using SimCse.Jobs.Storage;

namespace SimCse.Jobs.Encode;

/// <summary>Encodes the texts of jobs, and copies what the version of the source before has already. Thread-safe.</summary>
internal sealed class ReusingEncoder(JobStorage storage, ILogger logger)
{
    /// <summary>Shards of a few jobs take turns.</summary>
    private const int Capacity = 4;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, EarlierVersion> _earlier = [];

    /// <summary>Encodes a slice.</summary>
    /// <param name="encoder">The encoder.</param>
    /// <param name="manifest">The job.</param>
    /// <param name="metadata">The footer of the part that is being written.</param>
    /// <param name="slice">The texts.</param>
    /// <param name="first">The number of texts and error rows before the slice in its source.</param>
    /// <param name="options">Of the vectors.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The vectors, and how many of them were copied.</returns>
    /// <exception cref="PermanentJobException">The model gave NaN or infinity for a text.</exception>
    public async Task<(EncodedTexts Encoded, int Reused)> EncodeAsync(
        SentenceEncoder encoder, JobManifest manifest, PartMetadata metadata, ShardSlice slice, long first, EncodeOptions options,
        CancellationToken cancellationToken)
    {
        if (slice.Texts.Count == 0 || await TryOpenAsync(manifest, cancellationToken) is not { } earlier)
        {
            return (await EncodeAsync(encoder, slice.Texts, slice.Lines, options, cancellationToken), 0);
        }

        var result = new EncodedTexts(slice.Texts.Count, metadata.Dimension);
        var isFound = await earlier.CopyAsync(
            slice.Texts, first, Math.Max(1, slice.Count), manifest.Texts, metadata, result, cancellationToken);
        int[] found = [.. Enumerable.Range(0, isFound.Length).Where(text => isFound[text])];
        int[] others = [.. Enumerable.Range(0, isFound.Length).Where(text => !isFound[text])];
        var encoded = await EncodeAsync(
            encoder, [.. others.Select(text => slice.Texts[text])], [.. others.Select(text => slice.Lines[text])], options,
            cancellationToken);
        if (found.Length == 0)
        {
            return (encoded, 0);
        }

        foreach (var (i, text) in others.Index())
        {
            encoded[i].CopyTo(result.Vectors.AsMemory(text * result.Dimension));
            (result.Tokens[text], result.Truncated[text]) = (encoded.Tokens[i], encoded.Truncated[i]);
            result.Unknown[text] = encoded.Unknown[i];
        }

        // Parts do not say how many tokens are unknown, and counting them is cheap beside encoding.
        foreach (var (i, unknown) in encoder.CountUnknown([.. found.Select(text => slice.Texts[text])], options, cancellationToken).Index())
        {
            result.Unknown[found[i]] = unknown;
        }

        return (result, found.Length);
    }

    private static async Task<EncodedTexts> EncodeAsync(
        SentenceEncoder encoder, IReadOnlyList<string> texts, IReadOnlyList<long> lines, EncodeOptions options,
        CancellationToken cancellationToken)
    {
        try
        {
            return await encoder.EncodeAsync(texts, options, cancellationToken);
        }
        catch (VectorNotFiniteException e)
        {
            throw new PermanentJobException($"Line {lines[e.Index]}: {e.Message}", e);
        }
    }

    /// <summary>The version before; <see langword="null"/> when there is none, or it has been deleted since.</summary>
    private async Task<EarlierVersion?> TryOpenAsync(JobManifest manifest, CancellationToken cancellationToken)
    {
        if (manifest.Previous is not { } job)
        {
            return null;
        }

        lock (_lock)
        {
            if (_earlier.TryGetValue(job, out var known))
            {
                return known;
            }
        }

        var success = await TryReadAsync(StorageNames.Success(manifest.Source, job), cancellationToken);
        if (success is null)
        {
            return null;
        }

        lock (_lock)
        {
            if (_earlier.Count >= Capacity)
            {
                _earlier.Clear();
            }

            return _earlier[job] = new EarlierVersion(storage, success, logger);
        }
    }

    private async Task<JobSuccess?> TryReadAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            return await JobStorage.TryReadAsync(storage.Embeddings, name, JobsJson.Default.JobSuccess, cancellationToken);
        }
        catch (UnreadableRecordException e)
        {
            Log.NotReused(logger, name, e.Message);
            return null;
        }
    }
}
