using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace SimCse.Tokenization.Mecab;

/// <summary>
/// A trie over bytes in Darts' layout: units of {int32 base; uint32 check}. The children of a node stand at <c>base + byte + 1</c>, its
/// value at <c>base</c> as <c>-value - 1</c>; a unit belongs to the node whose base its check repeats.
/// </summary>
/// <remarks>Format: <c>mecab/src/darts.h</c> (taku910/mecab 61b90ba6). An index outside of the array is no child, so that a damaged file
/// cannot lead outside of it.</remarks>
internal readonly ref struct DoubleArray(ReadOnlySpan<DoubleArray.Unit> units)
{
    private readonly ReadOnlySpan<Unit> _units = units;

    public int Root => _units[0].Base;

    /// <summary>Moves <paramref name="node"/> to its child; <see langword="false"/>, and the node unchanged, where there is none.</summary>
    public bool TryStep(ref int node, byte label)
    {
        var child = (uint)node + label + 1;
        if (child >= (uint)_units.Length || _units[(int)child].Check != (uint)node)
        {
            return false;
        }

        node = _units[(int)child].Base;
        return true;
    }

    /// <summary>The value of the key that ends at <paramref name="node"/>, or -1.</summary>
    public int ValueAt(int node) =>
        (uint)node < (uint)_units.Length && _units[node].Check == (uint)node && _units[node].Base < 0 ? -_units[node].Base - 1 : -1;

    /// <summary>
    /// Goes on from <paramref name="node"/>, which <paramref name="position"/> bytes of <paramref name="text"/> led to, and writes each
    /// value on the way with its length, shortest first, until there is no child or no room.
    /// </summary>
    /// <returns>The number of matches, and -1 where there was no room for all.</returns>
    public int FindPrefixes(int node, int position, ReadOnlySpan<byte> text, Span<Match> matches)
    {
        ref var units = ref MemoryMarshal.GetReference(_units);
        var count = 0;
        var length = (uint)_units.Length;
        while (true)
        {
            if ((uint)node < length)
            {
                ref var own = ref Unsafe.Add(ref units, node);
                if (own.Base < 0 && own.Check == (uint)node)
                {
                    if (count == matches.Length)
                    {
                        return -1;
                    }

                    matches[count++] = new Match(-own.Base - 1, position);
                }
            }

            if ((uint)position >= (uint)text.Length)
            {
                return count;
            }

            var child = (uint)node + text[position] + 1;
            if (child >= length)
            {
                return count;
            }

            ref var next = ref Unsafe.Add(ref units, child);
            if (next.Check != (uint)node)
            {
                return count;
            }

            node = next.Base;
            position++;
        }
    }

    /// <summary>The value of a whole key, or -1.</summary>
    public int Find(ReadOnlySpan<byte> key)
    {
        var node = Root;
        foreach (var label in key)
        {
            if (!TryStep(ref node, label))
            {
                return -1;
            }
        }

        return ValueAt(node);
    }

    /// <summary>A key that is a prefix of a text: its value and its length in bytes.</summary>
    internal readonly record struct Match(int Value, int Length);

    [StructLayout(LayoutKind.Sequential)]
    internal readonly record struct Unit(int Base, uint Check);
}
