using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace SimCse.Tokenization.Mecab;

/// <content>The cheapest way to each word: MeCab's <c>Viterbi::connect</c>.</content>
internal sealed partial class Lattice
{
    /// <summary>Dead: larger than any cost, and no overflow when a connection and a word are added.</summary>
    private const int Never = int.MaxValue - (1 << 17);

    /// <summary>Costs are kept relative; beyond this they are moved back towards 0.</summary>
    private const int RebaseAt = 1 << 29;

    // Words that end at the current position, in the order in which MeCab tries them.
    // Eight more are always filled up.
    private const int Lanes = 8;

    private int[] _left = new int[64];
    private int[] _leftCosts = new int[64];
    private int[] _leftRightIds = new int[64];
    private int _leftCount;

    private bool _rebase;

    private Node[] _nodes = new Node[1024];
    private int _nodeCount;
    private int[] _lastEnding = new int[1024];
    private int _farthest;

    /// <summary>The lattice with the beginning of the text alone, as node 1; node 0 is none.</summary>
    private void Start()
    {
        Array.Clear(_lastEnding, 0, _length + EndBytes);
        _nodes[1] = default;
        _nodeCount = 2;
        _lastEnding[0] = 1;
        _farthest = 0;
        _runStart = _runEnd = 0;
        _rebase = false;
        _checkpointAt = ChecksEarly ? CheckpointNodes : int.MaxValue;
    }

    private void GatherLeft(int position)
    {
        if (_rebase)
        {
            Rebase(position);
        }

        var count = 0;
        var nodes = _nodes;
        for (var node = _lastEnding[position]; node != 0; node = nodes[node].OlderEnding)
        {
            if (count + Lanes == _left.Length)
            {
                Array.Resize(ref _leftCosts, 2 * _left.Length);
                Array.Resize(ref _leftRightIds, 2 * _left.Length);
                Array.Resize(ref _left, 2 * _left.Length);
            }

            ref readonly var candidate = ref nodes[node];
            _left[count] = node;
            _leftCosts[count] = candidate.Cost;
            _leftRightIds[count++] = candidate.RightId;
        }

        _leftCount = count;
        _leftCosts.AsSpan(_leftCount, Lanes).Fill(Never);
        _leftRightIds.AsSpan(_leftCount, Lanes).Clear();
    }

    /// <summary>Adds a word that starts at the current position; the last one added stands first in its end's list.</summary>
    private void Connect(in LexiconEntry entry, int start, int length, int end) =>
        Add(BestBefore(entry.LeftId, out var cost), cost + entry.Cost, entry.RightId, start, length, end);

    private void Add(int previous, int cost, ushort rightId, int start, int length, int end)
    {
        var node = _nodeCount++;
        if (node == _nodes.Length)
        {
            Array.Resize(ref _nodes, 2 * _nodes.Length);
        }

        _farthest = Math.Max(_farthest, end);
        ref var last = ref _lastEnding[end];
        ref var added = ref _nodes[node];
        added.Cost = cost;
        added.Previous = previous;
        added.OlderEnding = last;
        added.Start = start;
        added.Length = (ushort)length;
        added.RightId = rightId;
        last = node;
    }

    /// <summary>The word at the current position that a word with this left id is cheapest after: the first of the cheapest.</summary>
    private unsafe int BestBefore(ushort leftId, out int cost)
    {
        var row = _dictionary.Connections.CostsBefore(leftId);
        var best = Avx2.IsSupported && !Plain ? BestOfLanes(row, out cost) : BestOneByOne(row, out cost);
        _rebase |= (uint)(cost + RebaseAt) > 2 * RebaseAt;
        return _left[best];
    }

    private unsafe int BestOneByOne(short* row, out int bestCost)
    {
        var best = 0;
        bestCost = int.MaxValue;
        for (var i = 0; i < _leftCount; i++)
        {
            var cost = _leftCosts[i] + row[_leftRightIds[i]];
            if (cost < bestCost)
            {
                bestCost = cost;
                best = i;
            }
        }

        return best;
    }

    /// <summary>
    /// The same for eight at a time. A gathered 32-bit value holds the cost in its upper half, so that nothing behind the matrix is read;
    /// what fills up the last eight can never win.
    /// </summary>
    private unsafe int BestOfLanes(short* row, out int bestCost)
    {
        ref var costs = ref MemoryMarshal.GetArrayDataReference(_leftCosts);
        ref var rightIds = ref MemoryMarshal.GetArrayDataReference(_leftRightIds);
        var gatherAt = (int*)(row - 1);
        var best = Vector256.LoadUnsafe(ref costs) + (Avx2.GatherVector256(gatherAt, Vector256.LoadUnsafe(ref rightIds), 2) >> 16);
        if (_leftCount <= Lanes)
        {
            var cheapest = SmallestInAllLanes(best);
            bestCost = cheapest.ToScalar();
            return BitOperations.TrailingZeroCount(Vector256.Equals(best, cheapest).ExtractMostSignificantBits());
        }

        var indexes = Vector256<int>.Indices;
        for (var i = Lanes; i < _leftCount; i += Lanes)
        {
            var next = Vector256.LoadUnsafe(ref costs, (nuint)i)
                + (Avx2.GatherVector256(gatherAt, Vector256.LoadUnsafe(ref rightIds, (nuint)i), 2) >> 16);
            var less = Vector256.LessThan(next, best);
            best = Vector256.ConditionalSelect(less, next, best);
            indexes = Vector256.ConditionalSelect(less, Vector256<int>.Indices + Vector256.Create(i), indexes);
        }

        var smallest = SmallestInAllLanes(best);
        bestCost = smallest.ToScalar();
        var winners = Vector256.ConditionalSelect(Vector256.Equals(best, smallest), indexes, Vector256.Create(int.MaxValue));
        return SmallestInAllLanes(winners).ToScalar();
    }

    private static Vector256<int> SmallestInAllLanes(Vector256<int> values)
    {
        values = Vector256.Min(values, Avx2.Permute2x128(values, values, 1));
        values = Vector256.Min(values, Avx2.Shuffle(values, 0x4E));
        return Vector256.Min(values, Avx2.Shuffle(values, 0xB1));
    }

    /// <summary>
    /// Takes the same amount from the cost of every word that can still be a predecessor: which is cheapest does not change.
    /// </summary>
    private void Rebase(int position)
    {
        var amount = int.MaxValue;
        for (var node = _lastEnding[position]; node != 0; node = _nodes[node].OlderEnding)
        {
            amount = Math.Min(amount, _nodes[node].Cost);
        }

        for (var end = position; end <= _farthest; end++)
        {
            for (var node = _lastEnding[end]; node != 0; node = _nodes[node].OlderEnding)
            {
                _nodes[node].Cost -= amount;
            }
        }

        _rebase = false;
    }

    /// <summary>A word in the lattice.</summary>
    private struct Node
    {
        /// <summary>Of the cheapest way from the beginning through this word.</summary>
        public int Cost;

        /// <summary>The word before it on that way.</summary>
        public int Previous;

        /// <summary>The next in the list of words that end where this one ends; 0 at its end.</summary>
        public int OlderEnding;

        /// <summary>Position of its first byte, spaces before it not counted.</summary>
        public int Start;

        public ushort Length;
        public ushort RightId;
    }
}
