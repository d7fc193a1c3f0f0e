namespace SimCse.Tokenization.Mecab;

/// <summary>Lattices to be used again, one a thread at a time. Thread-safe; allocates nothing once warm.</summary>
internal sealed class LatticePool(MecabDictionary dictionary)
{
    /// <summary>A lattice that a text of a megabyte has blown up is left to the garbage collector.</summary>
    private const long MaxKeptBytes = 4 << 20;

    private readonly Lattice?[] _lattices = new Lattice?[2 * Environment.ProcessorCount];

    public Lattice Rent()
    {
        for (var i = 0; i < _lattices.Length; i++)
        {
            if (_lattices[i] is not null && Interlocked.Exchange(ref _lattices[i], null) is { } lattice)
            {
                return lattice;
            }
        }

        return new Lattice(dictionary);
    }

    public void Return(Lattice lattice)
    {
        if (lattice.Capacity > MaxKeptBytes)
        {
            return;
        }

        for (var i = 0; i < _lattices.Length; i++)
        {
            if (_lattices[i] is null && Interlocked.CompareExchange(ref _lattices[i], lattice, null) is null)
            {
                return;
            }
        }
    }
}
