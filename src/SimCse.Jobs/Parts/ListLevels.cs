namespace SimCse.Jobs.Parts;

/// <summary>
/// Parquet's levels of a column of lists that are all there, of one length and without nulls: repetition 0 begins a list, the maximum goes
/// on with it; definition is the maximum throughout. They are the same for every row group of a dimension, so one copy serves all.
/// Immutable.
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

    /// <summary>At least as many as were asked for.</summary>
    public ReadOnlyMemory<int> Definitions => _definitions;

    /// <summary>At least as many as were asked for.</summary>
    public ReadOnlyMemory<int> Repetitions => _repetitions;

    /// <param name="dimension">Components of a list.</param>
    /// <param name="definition">The column's maximum.</param>
    /// <param name="repetition">The column's maximum.</param>
    /// <param name="components">Of all lists together.</param>
    public static ListLevels Create(int dimension, int definition, int repetition, int components)
    {
        var (latest, key) = (_latest, (dimension, definition, repetition));
        return latest is not null && latest._key == key && latest._definitions.Length >= components
            ? latest
            : _latest = new ListLevels(key, components); // two threads may both make one: they are equal
    }
}
