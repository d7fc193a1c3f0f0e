using System.Runtime.CompilerServices;
using SimCse.Jobs.Charsets;
using SimCse.Jobs.Parts;

namespace SimCse.Jobs.Sources;

/// <summary>
/// A source outside storage, read by the rules of jobs: the same formats, charsets, line numbers and error records. The stream is read
/// twice, first to find its charset and its number of texts, then for the texts; it is never held in memory. Not thread-safe.
/// </summary>
public sealed class SourceFile
{
    private readonly Stream _stream;
    private readonly RecordLayout _layout;
    private readonly string? _encoding;
    private readonly long _firstByte;
    private readonly long _firstLine;

    private SourceFile(Stream stream, RecordLayout layout, string? encoding, long texts, IReadOnlyList<ShardRange> shards, long firstByte)
    {
        _encoding = encoding;
        Shards = shards.Count;
        _stream = stream;
        _layout = layout;
        (_firstByte, _firstLine) = (shards[0].Offset - firstByte, shards[0].FirstLine);
        Texts = texts;
    }

    /// <summary>The columns that are passed through, with their types; <see langword="null"/> when there are none.</summary>
    public IReadOnlyList<KeptColumn>? Kept => _layout.Kept;

    /// <summary>The number of lines that are not blank: texts and error records together.</summary>
    public long Texts { get; }

    /// <summary>The number of lines whose id a line before has, too; <see langword="null"/> when it is not known.</summary>
    public long? DuplicateIds => _layout.DuplicateIds;

    /// <summary>The number of shards that a job cuts it into.</summary>
    public int Shards { get; }

    /// <summary>Reads the stream once, to its end.</summary>
    /// <param name="stream">A seekable stream, read from its beginning. The caller disposes of it.</param>
    /// <param name="name">The name to show in error messages.</param>
    /// <param name="format">The source's format, which <see cref="SourceFormat.FromName"/> finds.</param>
    /// <param name="columns">The columns that are wanted.</param>
    /// <param name="encoding">The charset, as <see cref="SourceCharset.Find"/> names it; <see langword="null"/> finds it.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <exception cref="InvalidDataException">The stream cannot be read as a source, or it holds no text. The message says why.</exception>
    public static async Task<SourceFile> OpenAsync(
        Stream stream, string name, SourceFormat format, SourceColumns? columns = null, string? encoding = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(stream);
        try
        {
            var wanted = columns ?? SourceColumns.Default;
            while (true)
            {
                await using var source = await ReopenAsync(stream, format, wanted, encoding, cancellationToken);
                var table = new ShardTable(ShardLimits.Default);
                var layout = await SourceSurvey.ReadAsync(
                    source, source.Text, format, wanted, table, cancellationToken);
                if (SourceCharset.IsTranscoded(layout.Charset))
                {
                    encoding = layout.Charset; // found only at the end
                    continue;
                }

                var found = layout.TranscodedFrom ?? encoding;
                layout = await SourceSurvey.FindTypesAsync(
                    layout, () => ReopenAsync(stream, format, wanted, found, cancellationToken), cancellationToken);
                return new SourceFile(stream, layout, found, table.Texts, table.Finish(), source.FirstByte);
            }
        }
        catch (PermanentJobException e)
        {
            throw new InvalidDataException($"{name}: {e.Message}", e);
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"{name} is not a whole {format.CompressionName} file: {e.Message}", e);
        }
    }

    /// <summary>The records of the source, in order. The method may be called again, but not while another call reads.</summary>
    public async IAsyncEnumerable<SourceRecord> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await using var source = await ReopenAsync(_stream, _layout.Format, _layout.Columns, _encoding, cancellationToken);
        await SkipAsync(source.Text, _firstByte, cancellationToken);
        var lines = _layout.Cut(source.Text);
        var parser = _layout.CreateParser();
        for (var number = _firstLine; lines.TryRead() || await lines.ReadAsync(cancellationToken); number += lines.Lines)
        {
            if (!_layout.IsBlank(lines))
            {
                yield return parser.Parse(number, lines);
            }
        }
    }

    /// <summary>Skips the header of a table.</summary>
    private static async Task SkipAsync(Stream text, long bytes, CancellationToken cancellationToken)
    {
        var skipped = new byte[Math.Min(bytes, 1 << 16)];
        for (; bytes > 0; bytes -= await text.ReadAsync(skipped.AsMemory(0, (int)Math.Min(bytes, skipped.Length)), cancellationToken))
        {
        }
    }

    private static Task<SourceStream> ReopenAsync(
        Stream stream, SourceFormat format, SourceColumns columns, string? encoding, CancellationToken cancellationToken)
    {
        stream.Position = 0;
        return SourceStream.OpenAsync(new LeaveOpenStream(stream), format, columns, long.MaxValue, encoding, cancellationToken);
    }
}
