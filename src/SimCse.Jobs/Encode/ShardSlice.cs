using SimCse.Inference;
using SimCse.Jobs.Parts;
using SimCse.Jobs.Sources;
using SimCse.Tokenization;

namespace SimCse.Jobs.Encode;

/// <summary>A run of a source's lines: the texts that are encoded together, and the error rows. Not thread-safe.</summary>
public sealed class ShardSlice
{
    /// <summary>As many lines as a slice should have at most, for the sake of memory.</summary>
    public const int MaxLines = 4_096;

    /// <summary>As many bytes as its lines should have at most, unless it is one line.</summary>
    public const long MaxBytes = 1 << 20;

    private readonly List<string> _ids = [];
    private readonly List<long> _lines = [];
    private readonly List<string> _texts = [];
    private readonly List<object?[]> _kept = [];
    private readonly List<ErrorRow> _errors = [];
    private readonly List<TextChunk> _chunks = [];

    /// <summary>The ids of the texts, in line order.</summary>
    public IReadOnlyList<string> Ids => _ids;

    /// <summary>The line numbers of the texts, from 1.</summary>
    public IReadOnlyList<long> Lines => _lines;

    /// <summary>The texts; those of long ones in several chunks, after <see cref="Split"/>.</summary>
    public IReadOnlyList<string> Texts => _texts;

    /// <summary>The lines that cannot be encoded, in line order.</summary>
    public IReadOnlyList<ErrorRow> Errors => _errors;

    /// <summary>The number of lines, blank ones not counted. A text of several chunks counts where its first one is.</summary>
    public int Count => TextCount + _errors.Count;

    /// <summary>The number of texts. One of several chunks counts where its first one is.</summary>
    public int TextCount => _chunks.Count == 0 ? _texts.Count : _chunks.Count(chunk => chunk.Number == 0);

    /// <summary>The size of all lines, with their line ends.</summary>
    public long Bytes { get; private set; }

    /// <summary>Adds a line.</summary>
    /// <param name="record">What stands in the line.</param>
    /// <param name="lineBytes">Its size, with its line end.</param>
    public void Add(SourceRecord record, long lineBytes)
    {
        Bytes += lineBytes;
        if (record.Text is null)
        {
            _errors.Add(new ErrorRow(record.Line, record.Id, record.Error!));
            return;
        }

        Add(record.Id, record.Line, record.Text, record.Kept);
    }

    /// <summary>
    /// The slice with its long texts split, as several slices when there are many chunks: each has at most <paramref name="maxRows"/>
    /// rows. The chunks of a text may continue in the next slice. The error rows are in the first.
    /// </summary>
    /// <param name="splitter">What splits them; without one, the slice stays as it is.</param>
    /// <param name="maxRows">The most rows of a slice.</param>
    public IEnumerable<ShardSlice> Split(TextSplitter? splitter, int maxRows) => splitter is null ? [this] : SplitTexts(splitter, maxRows);

    /// <summary>The rows of a part.</summary>
    /// <param name="encoded">The vectors of the texts.</param>
    public PartRows ToRows(EncodedTexts encoded) => new(_ids, _lines, _texts, encoded)
    {
        Kept = _kept.Count > 0 ? _kept : null,
        Chunks = _chunks.Count > 0 ? _chunks : null,
    };

    private IEnumerable<ShardSlice> SplitTexts(TextSplitter splitter, int maxRows)
    {
        var slice = new ShardSlice();
        slice._errors.AddRange(_errors);
        for (var i = 0; i < _texts.Count; i++)
        {
            foreach (var (text, chunk) in Chunks(_texts[i], splitter))
            {
                if (slice._texts.Count >= maxRows)
                {
                    yield return slice;
                    slice = new ShardSlice();
                }

                slice.Add(_ids[i], _lines[i], text, _kept.Count > 0 ? _kept[i] : null);
                slice._chunks.Add(chunk);
            }
        }

        yield return slice;
    }

    private static IEnumerable<(string Text, TextChunk Chunk)> Chunks(string text, TextSplitter splitter)
    {
        var (number, at, start) = (0, 0, 0);
        foreach (var range in splitter.Split(text))
        {
            start += CodePoints(text.AsSpan(at..range.Start.Value));
            at = range.Start.Value;
            var chunk = text[range];
            yield return (chunk, new TextChunk(number++, start, CodePoints(chunk)));
        }
    }

    private static int CodePoints(ReadOnlySpan<char> text)
    {
        var count = 0;
        foreach (var _ in text.EnumerateRunes())
        {
            count++;
        }

        return count;
    }

    private void Add(string id, long line, string text, object?[]? kept)
    {
        _ids.Add(id);
        _lines.Add(line);
        _texts.Add(text);
        if (kept is not null)
        {
            _kept.Add(kept);
        }
    }
}
