using Azure.Storage.Blobs;
using SimCse.Cli.CommandLine;
using SimCse.Cli.Input;
using SimCse.Jobs.Sources;

namespace SimCse.Cli.Cost;

/// <summary>The size of a corpus, and a sample of its texts.</summary>
internal sealed class Corpus
{
    /// <summary>The number of texts in the sample: enough for a distribution, and few enough to encode in seconds.</summary>
    private const int SampleTexts = 2000;

    /// <summary>The number of blobs that are read completely. The number of texts in the others is estimated from their bytes.</summary>
    private const int SampleBlobs = 4;

    /// <summary>
    /// The tokens of a character, beside [CLS] and [SEP]: JSTS's sentences have 22.8 characters, which MeCab with unidic-lite and WordPiece
    /// cut into 14.6 tokens.
    /// </summary>
    private const double TokensPerCharacter = 0.64;

    /// <summary>The published model's limit.</summary>
    private const int MaxTokens = 128;

    private readonly List<string> _sample = [];
    private long _sampledBytes;
    private long _sampledTexts;

    /// <summary>The number of files or blobs.</summary>
    public int Sources { get; private set; }

    public long Bytes { get; private set; }

    public IReadOnlyList<string> Sample => _sample;

    /// <summary>Whether every source was counted and none was estimated.</summary>
    public bool IsCounted => _sampledBytes == Bytes;

    public long Texts => IsCounted || _sampledBytes == 0 ? _sampledTexts : (long)Math.Round((double)_sampledTexts / _sampledBytes * Bytes);

    /// <summary>About how many tokens a text has, [CLS] and [SEP] included; those of one character for an empty sample.</summary>
    public double TokensPerText => _sample.Select(text => Math.Min(2 + (TokensPerCharacter * text.Length), MaxTokens))
        .DefaultIfEmpty(2 + TokensPerCharacter).Average();

    public static async Task<Corpus> FromFilesAsync(IReadOnlyList<string> files, CancellationToken cancellationToken)
    {
        var corpus = new Corpus();
        foreach (var file in files)
        {
            await corpus.AddAsync(file, SampleTexts / files.Count + 1, cancellationToken);
            corpus.Bytes += new FileInfo(file).Length;
        }

        return corpus;
    }

    /// <summary>Lists every blob under a prefix and reads a few of them.</summary>
    public static async Task<Corpus> FromBlobsAsync(BlobContainerClient container, string prefix, CancellationToken cancellationToken)
    {
        var blobs = new List<(string Name, long Bytes)>();
        await foreach (var blob in container.GetBlobsAsync(new() { Prefix = prefix }, cancellationToken))
        {
            blobs.Add((blob.Name, blob.Properties.ContentLength ?? 0));
        }

        var corpus = new Corpus { Bytes = blobs.Sum(blob => blob.Bytes) };
        var folder = Directory.CreateTempSubdirectory("simcse-estimate-").FullName;
        try
        {
            // The blobs to read are spread over the listing, which is in the order of names.
            foreach (var (index, (name, _)) in Spread(blobs).Index())
            {
                // The name of a blob may be too long for a file, or none; its end says the format.
                var file = Path.Combine(folder, $"{index}{name[^Math.Min(name.Length, ".jsonl.gz".Length)..].Replace('/', '-')}");
                await container.GetBlobClient(name).DownloadToAsync(file, cancellationToken);
                await corpus.AddAsync(file, SampleTexts / SampleBlobs, cancellationToken);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        corpus.Sources = blobs.Count;
        return corpus.Sources > 0
            ? corpus
            : throw new CliException($"There is no blob under '{prefix}' in the container {container.Name}.");
    }

    private static IEnumerable<(string Name, long Bytes)> Spread(List<(string Name, long Bytes)> blobs) => blobs.Count <= SampleBlobs
        ? blobs
        : Enumerable.Range(0, SampleBlobs).Select(i => blobs[(int)((long)i * (blobs.Count - 1) / (SampleBlobs - 1))]);

    private async Task AddAsync(string file, int sampleTexts, CancellationToken cancellationToken)
    {
        await using var input = await TextInput.OpenAsync(file, SourceKind.Txt, cancellationToken);
        var (every, index) = (Math.Max(1, input.Source.Texts / sampleTexts), 0L);
        await foreach (var record in input.Source.ReadAsync(cancellationToken))
        {
            if (record.Text is { } text && index++ % every == 0)
            {
                _sample.Add(text);
            }
        }

        Sources++;
        _sampledTexts += input.Source.Texts;
        _sampledBytes += new FileInfo(file).Length;
    }
}
