namespace SimCse.Jobs.Parts;

/// <summary>
/// Parquet's levels for a column of lists of equal length without nulls. Repetition 0 begins a list and the maximum continues it; the
/// definition level is always the maximum. All row groups of a dimension have the same levels, so they share one copy. Immutable.
/// </summary>
/// <remarks>Source: https://parquet.apache.org/docs/file-format/nestedencoding/</remarks>
internal sealed class ListLevels
{
    private static volatile ListLevels? _latest;

    private readonly (int Dimension, int Definition, int Repetition) _key;
    private readonly int[] _definitions;
    private readonly int[] _repetitions;

    private ListLevels((int Dimension, int Definition, int Repetition) key, int components)
    {
        _key = key;
        _definitions = new int[components];
        _repetitions = new int[components];
        _definitions.AsSpan().Fill(key.Definition);
        _repetitions.AsSpan().Fill(key.Repetition);
        for (var row = 0; row < components; row += key.Dimension)
        {
            _repetitions[row] = 0;
        }
    }

    /// <summary>The definition levels, at least as many as were asked for.</summary>
    public ReadOnlyMemory<int> Definitions => _definitions;

    /// <summary>The repetition levels, at least as many as were asked for.</summary>
    public ReadOnlyMemory<int> Repetitions => _repetitions;

    /// <param name="dimension">The number of components of one list.</param>
    /// <param name="definition">The column's maximum definition level.</param>
    /// <param name="repetition">The column's maximum repetition level.</param>
    /// <param name="components">The number of components of all lists together.</param>
    public static ListLevels Create(int dimension, int definition, int repetition, int components)
    {
        var (latest, key) = (_latest, (dimension, definition, repetition));
        return latest is not null && latest._key == key && latest._definitions.Length >= components
            ? latest
            : _latest = new ListLevels(key, components); // two threads may both make one, with equal content
    }
}
