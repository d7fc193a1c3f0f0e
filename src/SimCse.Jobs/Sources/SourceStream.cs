using System.Buffers;
using System.IO.Pipelines;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using SimCse.Jobs.Charsets;

namespace SimCse.Jobs.Sources;

/// <summary>
/// One version of a source as a stream that can be cut into lines by bytes: decompressed, without byte-order mark, and in UTF-8 if it was
/// UTF-16 or ISO-2022-JP. Not thread-safe.
/// </summary>
internal sealed class SourceStream : IAsyncDisposable
{
    private const int DownloadBytes = 4 << 20;
    private const int BufferBytes = 1 << 16;
    private const int LongestMark = 4;

    /// <summary>What tells UTF-16 without a mark; it is UTF-16 from its first byte on.</summary>
    private const int SampleBytes = 1 << 16;

    private readonly Stream _raw;

    private SourceStream(Stream raw, Stream text, int firstByte, string? charset, string? transcodedFrom, bool canBeReadFromTheMiddle)
    {
        TranscodedFrom = transcodedFrom;
        _raw = raw;
        Text = text;
        FirstByte = firstByte;
        Charset = charset;
        CanBeReadFromTheMiddle = canBeReadFromTheMiddle;
    }

    public Stream Text { get; }

    /// <summary>The rows of a Parquet file.</summary>
    public ParquetLinesStream? Parquet => Text as ParquetLinesStream;

    /// <summary>The offset of the text's first byte in the blob that shards read: after the mark, or 0 when it is staged.</summary>
    public long FirstByte { get; }

    /// <summary>The text's charset, if a mark, an option or the first bytes give it; otherwise it has to be found from all lines.</summary>
    public string? Charset { get; }

    /// <summary>The charset that was turned into UTF-8; <see langword="null"/> when none was.</summary>
    public string? TranscodedFrom { get; }

    /// <summary>Whether shards can read the source itself; otherwise its text is staged.</summary>
    public bool CanBeReadFromTheMiddle { get; }

    /// <summary>Opens one version of a source in storage.</summary>
    /// <param name="source">The blob.</param>
    /// <param name="version">The version's ETag.</param>
    /// <param name="format">Says how the bytes are to be read.</param>
    /// <param name="columns">The columns that are wanted.</param>
    /// <param name="maxText">How many bytes of text a compressed source of so many bytes may hold.</param>
    /// <param name="encoding">The charset that a user names, or that was found; <see langword="null"/> finds it.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <exception cref="PermanentJobException">The source is UTF-32, or is not what its name, its mark or the encoding say.</exception>
    /// <exception cref="InvalidDataException">The source is compressed, and cut off or damaged.</exception>
    public static async Task<SourceStream> OpenAsync(
        BlobClient source, ETag version, SourceFormat format, SourceColumns columns, Func<long, long> maxText, string? encoding,
        CancellationToken cancellationToken)
    {
        var blob = await source.OpenReadAsync(
            new BlobOpenReadOptions(allowModifications: false)
            {
                BufferSize = DownloadBytes,
                Conditions = new BlobRequestConditions { IfMatch = version },
            },
            cancellationToken);
        return await OpenAsync(blob, format, columns, maxText(blob.Length), encoding, cancellationToken);
    }

    /// <summary>Opens a source of any origin.</summary>
    /// <param name="bytes">The source's bytes, from their beginning; seekable for Parquet. The result owns the stream.</param>
    /// <param name="format">Says how the bytes are to be read.</param>
    /// <param name="columns">The columns that are wanted.</param>
    /// <param name="maxText">The most bytes of text, if the source is compressed.</param>
    /// <param name="encoding">The charset that a user names, or that was found; <see langword="null"/> finds it.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <exception cref="PermanentJobException">The source is UTF-32, or is not what its name, its mark or the encoding say.</exception>
    /// <exception cref="InvalidDataException">The source is compressed, and cut off or damaged.</exception>
    public static async Task<SourceStream> OpenAsync(
        Stream bytes, SourceFormat format, SourceColumns columns, long maxText, string? encoding, CancellationToken cancellationToken)
    {
        if (format.Kind == SourceKind.Parquet)
        {
            var rows = await ParquetLinesStream.OpenAsync(bytes, columns, maxText, cancellationToken);
            return new SourceStream(bytes, rows, 0, SourceCharset.Utf8, transcodedFrom: null, canBeReadFromTheMiddle: false);
        }

        var raw = format.Compression switch
        {
            SourceCompression.Gzip => new WholeGzipStream(await CheckAsync(bytes, format, cancellationToken), maxText),
            SourceCompression.Zstd => new WholeZstdStream(await CheckAsync(bytes, format, cancellationToken), maxText),
            _ => bytes,
        };
        try
        {
            return await DecodeAsync(raw, format, encoding, cancellationToken);
        }
        catch
        {
            await raw.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Text.DisposeAsync();
        await _raw.DisposeAsync();
    }

    private static async Task<SourceStream> DecodeAsync(
        Stream raw, SourceFormat format, string? encoding, CancellationToken cancellationToken)
    {
        var pipe = PipeReader.Create(raw, new StreamPipeReaderOptions(bufferSize: BufferBytes, leaveOpen: true));
        var start = await pipe.ReadAtLeastAsync(SampleBytes, cancellationToken);
        var sample = start.Buffer.Slice(0, Math.Min(SampleBytes, start.Buffer.Length)).ToArray();
        if (KnownContent.Describe(sample) is { } what)
        {
            throw new PermanentJobException(
                $"The source is named .{format.Name}, but {(format.IsCompressed ? "its content, decompressed," : "it")} is {what}; " +
                "expected text. Name it by what it is, or save it as text.");
        }

        var (mark, marked) = Mark(sample);
        var charset = Agree(marked, encoding)
            ?? Utf16Detector.Find(sample, isWhole: start.IsCompleted && sample.Length == start.Buffer.Length);
        charset = charset == SourceCharset.Utf16 ? Utf16Detector.Likelier(sample).Name : charset;
        pipe.AdvanceTo(start.Buffer.GetPosition(mark));
        var isTranscoded = charset is not null && SourceCharset.IsTranscoded(charset);
        Stream text = isTranscoded ? new TranscodedStream(pipe.AsStream(), charset!) : pipe.AsStream();
        if (format.Kind == SourceKind.Json)
        {
            return isTranscoded || charset is null or SourceCharset.Utf8
                ? new SourceStream(raw, new JsonArrayStream(text), 0, SourceCharset.Utf8, isTranscoded ? charset : null, false)
                : throw new PermanentJobException(
                    $"A .json file cannot be read as {charset}; expected utf-8, utf-16 or iso-2022-jp. Save it as UTF-8.");
        }

        return isTranscoded
            ? new SourceStream(raw, text, 0, SourceCharset.Utf8, charset, false)
            : new SourceStream(raw, text, format.IsCompressed ? 0 : mark, charset, null, !format.IsCompressed);
    }

    /// <summary>Says what a compressed file is whose name says something else.</summary>
    /// <returns>The same bytes, from their beginning.</returns>
    private static async Task<Stream> CheckAsync(Stream bytes, SourceFormat format, CancellationToken cancellationToken)
    {
        var pipe = PipeReader.Create(bytes, new StreamPipeReaderOptions(bufferSize: BufferBytes, leaveOpen: false));
        var start = await pipe.ReadAtLeastAsync(KnownContent.Bytes, cancellationToken);
        var first = start.Buffer.Slice(0, Math.Min(KnownContent.Bytes, start.Buffer.Length)).ToArray();
        pipe.AdvanceTo(start.Buffer.Start);
        var name = format.CompressionName;
        var what = KnownContent.DescribeCompressed(first);
        return what == name ? pipe.AsStream() : throw new PermanentJobException(
            $"The source is named {format.CompressionEnding}, but it is {what ?? (first.Length == 0 ? "empty" : $"no {name}")}. " +
            $"Compress it with {name}, or name it by what it is.");
    }

    private static (int Length, string? Charset) Mark(ReadOnlySpan<byte> start) => start switch
    {
        [0xEF, 0xBB, 0xBF, ..] => (3, SourceCharset.Utf8),
        [0xFF, 0xFE, 0, 0, ..] or [0, 0, 0xFE, 0xFF, ..] => throw Utf32(),
        [0xFF, 0xFE, ..] => (2, SourceCharset.Utf16LittleEndian),
        [0xFE, 0xFF, ..] => (2, SourceCharset.Utf16BigEndian),
        _ when Utf16Detector.IsUtf32(start) => throw Utf32(),
        _ => (0, null),
    };

    private static PermanentJobException Utf32() => new($"The source is UTF-32; expected {SourceCharset.Expected}. Save it as UTF-8.");

    /// <exception cref="PermanentJobException">The mark and the encoding contradict each other.</exception>
    private static string? Agree(string? marked, string? encoding) => (marked, encoding) switch
    {
        (null, _) => encoding,
        (_, null) => marked,
        _ when marked == encoding || (encoding == SourceCharset.Utf16 && SourceCharset.IsTranscoded(marked)) => marked,
        _ => throw new PermanentJobException(
            $"The source begins with the byte-order mark of {marked}, but its encoding is said to be {encoding}. Leave the encoding out, " +
            $"or name {marked}."),
    };
}
