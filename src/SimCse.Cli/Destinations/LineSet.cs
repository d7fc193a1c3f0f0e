using SimCse.Jobs.Parts;

namespace SimCse.Cli.Destinations;

/// <summary>Which rows a source has, by line and chunk: a bit for each line.</summary>
internal sealed class LineSet
{
    private const int Bits = 64;

    private readonly List<ulong> _lines = [];
    private readonly Dictionary<long, int> _chunks = [];

    public void Add(PartRows rows)
    {
        for (var i = 0; i < rows.Count; i++)
        {
            var line = rows.Lines[i];
            while (_lines.Count <= line / Bits)
            {
                _lines.Add(0);
            }

            _lines[(int)(line / Bits)] |= 1UL << (int)(line % Bits);
            if (rows.Chunks?[i].Number is > 0 and var chunk)
            {
                _chunks[line] = Math.Max(_chunks.GetValueOrDefault(line), chunk);
            }
        }
    }

    public bool Contains(long line, long chunk) =>
        line >= 0 && line / Bits < _lines.Count && (_lines[(int)(line / Bits)] >> (int)(line % Bits) & 1) != 0
        && chunk <= _chunks.GetValueOrDefault(line);
}
