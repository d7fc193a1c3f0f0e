using System.Runtime.CompilerServices;

namespace SimCse.Jobs.Sources;

/// <summary>
/// A source outside storage, read by the rules of jobs: the same formats, charsets, line numbers and error records. The stream is read
/// twice, first to find its charset and its number of texts, then for the texts; it is never held in memory. Not thread-safe.
/// </summary>
public sealed class SourceFile
{
    private readonly Stream _stream;
    private readonly SourceFormat _format;
    private readonly string _charset;

    private SourceFile(Stream stream, SourceFormat format, string charset, long texts, int shards)
    {
        Shards = shards;
        _stream = stream;
        _format = format;
        _charset = charset;
        Texts = texts;
    }

    /// <summary>The number of lines that are not blank: texts and error records together.</summary>
    public long Texts { get; }

    /// <summary>The number of shards that a job cuts it into.</summary>
    public int Shards { get; }

    /// <summary>Reads the stream once, to its end.</summary>
    /// <param name="stream">A seekable stream, read from its beginning. The caller disposes of it.</param>
    /// <param name="name">The name to show in error messages.</param>
    /// <param name="format">The source's format, which <see cref="SourceFormat.FromName"/> finds.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <exception cref="InvalidDataException">The stream cannot be read as a source, or it holds no text. The message says why.</exception>
    public static async Task<SourceFile> OpenAsync(
        Stream stream, string name, SourceFormat format, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(stream);
        try
        {
            await using var source = await ReopenAsync(stream, format, cancellationToken);
            var table = new ShardTable(ShardLimits.Default);
            var charset = await SourceSurvey.ReadAsync(source, source.Text, table, cancellationToken);
            return new SourceFile(stream, format, charset, table.Texts, table.Finish().Count);
        }
        catch (PermanentJobException e)
        {
            throw new InvalidDataException($"{name}: {e.Message}", e);
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"{name} is not a whole gzip file: {e.Message}", e);
        }
    }

    /// <summary>The records of the source, in order. The method may be called again, but not while another call reads.</summary>
    public async IAsyncEnumerable<SourceRecord> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await using var source = await ReopenAsync(_stream, _format, cancellationToken);
        var lines = new LineReader(source.Text);
        var parser = new RecordParser(_format, _charset);
        for (var number = 1L; lines.TryRead() || await lines.ReadAsync(cancellationToken); number += lines.Lines)
        {
            if (!lines.IsBlank)
            {
                yield return parser.Parse(number, lines);
            }
        }
    }

    private static Task<SourceStream> ReopenAsync(Stream stream, SourceFormat format, CancellationToken cancellationToken)
    {
        stream.Position = 0;
        return SourceStream.OpenAsync(new LeaveOpenStream(stream), format, long.MaxValue, cancellationToken);
    }
}
