using SimCse.Jobs.Parts;
using SimCse.Jobs.Sources;

namespace SimCse.Jobs.Encode;

/// <summary>A run of a shard's lines: the texts that are encoded together, and the error rows. Not thread-safe.</summary>
internal sealed class ShardSlice
{
    /// <summary>The ids of the texts, in line order.</summary>
    public List<string> Ids { get; } = [];

    /// <summary>The line numbers of the texts, from 1.</summary>
    public List<long> Lines { get; } = [];

    public List<string> Texts { get; } = [];

    /// <summary>The values of the kept columns of each text; empty when the job keeps none.</summary>
    public List<object?[]> Kept { get; } = [];

    /// <summary>The lines that cannot be encoded, in line order.</summary>
    public List<ErrorRow> Errors { get; } = [];

    public int Count => Texts.Count + Errors.Count;

    /// <summary>The size of all lines, with their line ends.</summary>
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
        if (record.Kept is { } kept)
        {
            Kept.Add(kept);
        }
    }
}
