namespace SimCse.Cli.Search;

/// <summary>Keeps the k nearest of many rows; equal scores in the order in which they came. Not thread-safe.</summary>
internal sealed class NeighbourList(int k)
{
    private readonly PriorityQueue<Neighbour, (float Score, long Order)> _nearest = new();
    private long _count;

    public void Add(Neighbour neighbour)
    {
        // The queue gives the least first: of two equal scores the later one.
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

    /// <summary>The nearest first.</summary>
    public IReadOnlyList<Neighbour> ToList() =>
        [
            .. _nearest.UnorderedItems.OrderByDescending(item => item.Priority.Score).ThenByDescending(item => item.Priority.Order)
                .Select(item => item.Element),
        ];
}
