namespace SimCse.Cli.Search;

/// <summary>Keeps the k nearest of many rows. Rows with equal scores stay in the order in which they were added. Not thread-safe.</summary>
internal sealed class NeighbourList(int k)
{
    private readonly PriorityQueue<Neighbour, (float Score, long Order)> _nearest = new();
    private long _count;

    public void Add(Neighbour neighbour)
    {
        // The queue returns the least element first: of two equal scores, the one that was added later.
        var priority = (neighbour.Score, -_count++);
        if (_nearest.Count < k)
        {
            _nearest.Enqueue(neighbour, priority);
        }
        else
        {
            _nearest.EnqueueDequeue(neighbour, priority);
        }
    }

    /// <summary>The rows, the nearest first.</summary>
    public IReadOnlyList<Neighbour> ToList() =>
        [
            .. _nearest.UnorderedItems.OrderByDescending(item => item.Priority.Score).ThenByDescending(item => item.Priority.Order)
                .Select(item => item.Element),
        ];
}
