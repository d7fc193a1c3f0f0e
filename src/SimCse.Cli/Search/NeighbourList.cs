namespace SimCse.Cli.Search;

/// <summary>
/// Keeps the k nearest of many rows. Of rows with equal scores the first is nearer, in whatever order they are added. Not thread-safe.
/// </summary>
internal sealed class NeighbourList(int k)
{
    private readonly PriorityQueue<Neighbour, (float Score, long Order)> _nearest = new();

    /// <summary>Whether a row is among the nearest so far.</summary>
    /// <param name="score">The row's score.</param>
    /// <param name="position">The row's position among all rows.</param>
    public bool Wants(float score, long position) =>
        _nearest.Count < k || (_nearest.TryPeek(out _, out var least) && (score, -position).CompareTo(least) > 0);

    /// <summary>Adds a row that is wanted, in place of the farthest.</summary>
    public void Add(Neighbour neighbour, long position)
    {
        if (_nearest.Count < k)
        {
            _nearest.Enqueue(neighbour, (neighbour.Score, -position));
        }
        else
        {
            _nearest.EnqueueDequeue(neighbour, (neighbour.Score, -position));
        }
    }

    /// <summary>The rows, the nearest first.</summary>
    public IReadOnlyList<Neighbour> ToList() =>
        [.. _nearest.UnorderedItems.OrderByDescending(item => item.Priority).Select(item => item.Element)];
}
