using SimCse.Cli.Search;

namespace SimCse.Cli.Tests;

public sealed class NeighbourListTests
{
    [Fact]
    public void Keeps_the_nearest_and_of_equals_the_first()
    {
        var nearest = new NeighbourList(3);
        foreach (var (score, id) in new[] { (0.1f, "a"), (0.9f, "b"), (0.5f, "c"), (0.5f, "d"), (0.7f, "e"), (0.5f, "f") })
        {
            nearest.Add(new Neighbour(score, id, 1, null, "file"));
        }

        Assert.Equal(["b", "e", "c"], nearest.ToList().Select(neighbour => neighbour.Id));
    }
}
