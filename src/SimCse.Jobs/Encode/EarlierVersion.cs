using Azure;
using Azure.Storage.Blobs.Models;
using Microsoft.Extensions.Logging;
using SimCse.Inference;
using SimCse.Jobs.Parts;
using SimCse.Jobs.State;
using SimCse.Jobs.Storage;

namespace SimCse.Jobs.Encode;

/// <summary>
/// The parts of the version of a source before, from which vectors are copied for texts that have stayed the same. A text is looked for
/// where it stood: at the same distance from the beginning or from the end of the source, and some thousand texts before and behind. So
/// memory and requests do not grow with the source. Thread-safe.
/// </summary>
internal sealed class EarlierVersion
{
    /// <summary>How far a text may have moved, in texts, beyond what the two lengths of the source explain.</summary>
    private const int Reach = 2 * ShardSlice.MaxLines;

    /// <summary>The most texts whose hashes are kept, four bytes each; shards beside each other look at the same.</summary>
    private const int MaxKnownTexts = 1 << 20;

    /// <summary>For a part that is too large to be fetched as a whole, or of which only texts are needed.</summary>
    private const int ReadAheadBytes = 1 << 18;

    private readonly JobStorage _storage;
    private readonly string _job;
    private readonly ILogger _logger;
    private readonly Part[] _parts;
    private readonly Lock _lock = new();
    private int _knownTexts;

    public EarlierVersion(JobStorage storage, JobSuccess success, ILogger logger)
    {
        (_storage, _job, _logger, _parts) = (storage, success.Job, logger, new Part[success.Parts.Count]);
        foreach (var (i, part) in success.Parts.Index())
        {
            _parts[i] = new Part(part, Texts);
            Texts += part.Lines;
        }
    }

    /// <summary>The number of lines that are not blank.</summary>
    public long Texts { get; }

    /// <summary>Copies what is known of texts.</summary>
    /// <param name="texts">The texts.</param>
    /// <param name="first">The number of texts and error rows before them in their source.</param>
    /// <param name="count">The number of lines that they come from.</param>
    /// <param name="total">The number of texts and error rows in their source.</param>
    /// <param name="expected">What the footer of a part must say; its job and shard do not count.</param>
    /// <param name="destination">Receives vectors, tokens and truncation flags.</param>
    /// <param name="cancellationToken">Cancels the requests.</param>
    /// <returns>Which texts were found.</returns>
    public async Task<bool[]> CopyAsync(
        IReadOnlyList<string> texts, long first, int count, long total, PartMetadata expected, EncodedTexts destination,
        CancellationToken cancellationToken)
    {
        var missing = texts.Index().GroupBy(text => text.Item, text => text.Index, StringComparer.Ordinal)
            .ToDictionary(text => text.Key, text => text.ToArray(), StringComparer.Ordinal);
        var found = new bool[texts.Count];
        var shift = total - Texts; // of a text whose distance from the end is the same

        // First where everything is if little has changed, then farther away.
        foreach (var reach in (int[])[0, Reach])
        {
            var window = new Window(first, first - shift, count, reach);
            foreach (var part in _parts.Where(part => part.Overlaps(window)))
            {
                if (missing.Count == 0)
                {
                    return found;
                }

                await CopyAsync(part, window, missing, found, expected, destination, cancellationToken);
            }
        }

        return found;
    }

    private async Task CopyAsync(
        Part part, Window window, Dictionary<string, int[]> missing, bool[] found, PartMetadata expected, EncodedTexts destination,
        CancellationToken cancellationToken)
    {
        try
        {
            var hashes = missing.Keys.Select(text => text.GetHashCode(StringComparison.Ordinal)).ToHashSet();
            if (part.Groups is { } known && !known.Any(group => group.Overlaps(window) && group.MayHold(hashes)))
            {
                return;
            }

            await using var content = await OpenAsync(part, isWhole: window.Reach == 0, cancellationToken);
            await using var reader = await PartReader.OpenAsync(content, part.Name, cancellationToken);
            Check(part, reader.Metadata, content.Length, expected);
            foreach (var (i, group) in (part.Groups ??= part.Cut(reader.GroupRows)).Index().Where(group => group.Item.Overlaps(window)))
            {
                if (group.Hashes is null)
                {
                    Remember(group, await reader.ReadTextsAsync(i, cancellationToken));
                }

                if (group.MayHold(hashes))
                {
                    Copy(await reader.ReadGroupAsync(i, cancellationToken), missing, found, destination);
                }
            }
        }
        catch (Exception e) when (
            e is InvalidDataException || (e is RequestFailedException failed
                && (JobStorage.IsNotFound(failed) || JobStorage.IsConditionNotMet(failed))))
        {
            part.Groups = []; // not again
            Log.NotReused(_logger, part.Name, e is RequestFailedException ? "It is gone." : e.Message);
        }
    }

    private static void Copy(PartRows rows, Dictionary<string, int[]> missing, bool[] found, EncodedTexts destination)
    {
        for (var row = 0; row < rows.Texts.Count; row++)
        {
            if (missing.Remove(rows.Texts[row], out var places))
            {
                foreach (var place in places)
                {
                    rows.Encoded[row].CopyTo(destination.Vectors.AsMemory(place * destination.Dimension));
                    destination.Tokens[place] = rows.Encoded.Tokens[row];
                    destination.Truncated[place] = rows.Encoded.Truncated[row];
                    found[place] = true;
                }
            }
        }
    }

    private async Task<Stream> OpenAsync(Part part, bool isWhole, CancellationToken cancellationToken)
    {
        var blob = _storage.Embeddings.GetBlobClient(part.Name);
        return isWhole && part.Bytes <= BlobUpload.DefaultBlockBytes
            ? (await blob.DownloadContentAsync(cancellationToken)).Value.Content.ToStream()
            : await blob.OpenReadAsync(
                new BlobOpenReadOptions(allowModifications: false) { BufferSize = ReadAheadBytes }, cancellationToken);
    }

    /// <summary>The vectors of a CPU and of a GPU differ a little; those of 8-bit products differ more between processors.</summary>
    private void Check(Part part, PartMetadata metadata, long bytes, PartMetadata expected)
    {
        if (bytes != part.Bytes || metadata.Origin?.Job != _job || Vectors(metadata) != Vectors(expected))
        {
            throw new InvalidDataException(
                $"It has {bytes} bytes and is of job {metadata.Origin?.Job}, with vectors of {Vectors(metadata)}; expected are " +
                $"{part.Bytes} bytes, job {_job} and vectors of {Vectors(expected)}.");
        }

        static (string, int, bool, string, string, string?, string?) Vectors(PartMetadata metadata) => (
            metadata.Model.Fingerprint, metadata.Dimension, metadata.Normalized, metadata.Device.Name(), metadata.VectorType.Name(),
            metadata.Prompt, ArithmeticLabel.Matters(metadata.Model.Precision) ? metadata.Arithmetic : null);
    }

    private void Remember(Group group, string[] texts)
    {
        lock (_lock)
        {
            _knownTexts += texts.Length;
            if (_knownTexts > MaxKnownTexts)
            {
                foreach (var other in _parts.SelectMany(part => part.Groups ?? []))
                {
                    other.Hashes = null;
                }

                _knownTexts = texts.Length;
            }

            group.Hashes = [.. texts.Select(text => text.GetHashCode(StringComparison.Ordinal))];
        }
    }

    /// <summary>Where to look: texts as they are numbered in the earlier version, from 0.</summary>
    private readonly record struct Window(long FromStart, long FromEnd, int Count, int Reach)
    {
        /// <summary>All between the two places, unless they are far from each other.</summary>
        public bool Overlaps(long first, long end) => Math.Abs(FromStart - FromEnd) <= EarlierVersion.Reach
            ? Overlaps(first, end, Math.Min(FromStart, FromEnd), Math.Max(FromStart, FromEnd) + Count)
            : Overlaps(first, end, FromStart, FromStart + Count) || Overlaps(first, end, FromEnd, FromEnd + Count);

        private bool Overlaps(long first, long end, long from, long to) => first < to + Reach && end > from - Reach;
    }

    private sealed class Part(JobPart part, long first)
    {
        public string Name => part.Name;

        public long Bytes => part.Bytes;

        /// <summary>The row groups; <see langword="null"/> before the footer was read, none when the part is of no use.</summary>
        public IReadOnlyList<Group>? Groups { get; set; }

        public bool Overlaps(Window window) => window.Overlaps(first, first + part.Lines);

        /// <summary>About which texts each row group holds: as if error rows and chunks were spread evenly.</summary>
        public Group[] Cut(IReadOnlyList<long> groupRows)
        {
            var (groups, rows, all) = (new Group[groupRows.Count], 0L, Math.Max(1, groupRows.Sum()));
            for (var i = 0; i < groups.Length; i++)
            {
                var begin = rows;
                rows += groupRows[i];
                groups[i] = new Group(first + (part.Lines * begin / all), first + (((part.Lines * rows) + all - 1) / all));
            }

            return groups;
        }
    }

    private sealed class Group(long first, long end)
    {
        /// <summary>The hashes of its texts; <see langword="null"/> when nobody has read them, or they were forgotten.</summary>
        public int[]? Hashes { get; set; }

        public bool Overlaps(Window window) => window.Overlaps(first, end);

        public bool MayHold(HashSet<int> hashes) => Hashes is null || Hashes.Any(hashes.Contains);
    }
}
