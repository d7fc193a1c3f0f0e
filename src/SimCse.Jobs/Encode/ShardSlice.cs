using SimCse.Jobs.Parts;
using SimCse.Jobs.Sources;

namespace SimCse.Jobs.Encode;

/// <summary>A run of a shard's lines: the texts that are encoded at a time, and the lines that are none. Not thread-safe.</summary>
internal sealed class ShardSlice
{
    /// <summary>Of the texts.</summary>
    public List<string> Ids { get; } = [];

    /// <summary>Of the texts, from 1.</summary>
    public List<long> Lines { get; } = [];

    /// <summary>To encode.</summary>
    public List<string> Texts { get; } = [];

    /// <summary>In line order.</summary>
    public List<ErrorRow> Errors { get; } = [];

    public int Count => Texts.Count + Errors.Count;

    /// <summary>Of all lines, with their ends.</summary>
    public long Bytes { get; private set; }

    public void Add(SourceRecord record, long lineBytes)
    {
        Bytes += lineBytes;
        if (record.Text is null)
        {
            Errors.Add(new ErrorRow(record.Line, record.Id, record.Error!));
            return;
        }

        Ids.Add(record.Id);
        Lines.Add(record.Line);
        Texts.Add(record.Text);
    }
}
